package dev.sonde.verifier.faults;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles one source file of the verifier from other text, in memory. */
final class FaultyClasses {
  private final JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
  private final DiagnosticCollector<JavaFileObject> messages = new DiagnosticCollector<>();
  private final StandardJavaFileManager files = javac.getStandardFileManager(messages, null, null);

  /**
   * Returns the bytes of each class of {@code source}, by its name; none if it does not compile.
   */
  Map<String, byte[]> compile(String file, String source) {
    Collector collector = new Collector(files);
    List<String> options = List.of("-proc:none", "-nowarn", "-cp", classPath());
    List<Text> sources = List.of(new Text(file, source));
    boolean compiles = javac.getTask(null, collector, messages, options, null, sources).call();
    Map<String, byte[]> classes = new HashMap<>();
    if (compiles) {
      collector.written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
    }
    return classes;
  }

  /** Surefire names its class path only in this property. */
  static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
        + File.pathSeparator
        + "target/classes";
  }

  private static final class Text extends SimpleJavaFileObject {
    private final String source;

    Text(String name, String source) {
      super(URI.create("string:///" + name), Kind.SOURCE);
      this.source = source;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreErrors) {
      return source;
    }
  }

  private static final class Collector extends ForwardingJavaFileManager<StandardJavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    Collector(StandardJavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("bytes:///" + name), kind) {
        @Override
        public OutputStream openOutputStream() throws IOException {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          written.put(name, bytes);
          return bytes;
        }
      };
    }
  }
}
