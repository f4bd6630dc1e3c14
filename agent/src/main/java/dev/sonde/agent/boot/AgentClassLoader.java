package dev.sonde.agent.boot;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.ByteBuffer;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.Enumeration;

/**
 * Loads Sonde and its libraries from the {@link ClassArchive} of the agent's jar. Its parent is the
 * platform loader: it sees nothing of the application, and the application nothing of it.
 */
final class AgentClassLoader extends ClassLoader {
  private static final String CLASS = ".class";
  private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

  static {
    registerAsParallelCapable();
  }

  private final ClassArchive archive;
  private final ProtectionDomain domain;

  AgentClassLoader(File jarPath) throws IOException {
    super("sonde", PLATFORM);
    archive = new ClassArchive(jarPath);
    URL url = jarPath.toURI().toURL();
    domain = new ProtectionDomain(new CodeSource(url, (Certificate[]) null), null, this, null);
  }

  /** What is ours is not looked for in the JDK first, nor the other way: no name is in both. */
  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (name.startsWith("java.")) {
      return PLATFORM.loadClass(name);
    }
    String file = fileOf(name);
    if (archive.mayHold(file)) {
      Class<?> loaded = defineOnce(name, file);
      if (loaded != null) {
        return loaded;
      }
    }
    return super.loadClass(name, resolve);
  }

  /**
   * Defines the class unless it is, and behind the first one of a batch the others: without its
   * lock, for no two threads may wait for each other's classes.
   */
  private Class<?> defineOnce(String name, String file) throws ClassNotFoundException {
    Class<?> defined;
    synchronized (getClassLoadingLock(name)) {
      Class<?> known = findLoadedClass(name);
      if (known != null) {
        return known;
      }
      defined = define(name, file);
    }
    int batch = archive.batchOf(file);
    if (batch >= 0) {
      defineBatch(batch);
    }
    return defined;
  }

  /**
   * Defines classes before the JVM asks for each: that it calls {@link #loadClass}, and what this
   * does to find one, costs more than to define it. They lie in the order of their use, so that a
   * superclass is there before it is asked for.
   */
  private void defineBatch(int batch) throws ClassNotFoundException {
    byte[] files;
    try {
      files = archive.readBatch(batch);
    } catch (IOException e) {
      throw new ClassNotFoundException(e.getMessage(), e);
    }
    ByteBuffer fields = ByteBuffer.wrap(files);
    for (int at = 0; at < files.length; ) {
      int length = fields.getInt(at);
      int start = at + ClassArchive.NAME + fields.getShort(at + 4);
      int end = start - CLASS.length();
      int from = at + ClassArchive.NAME;
      String name = new String(files, from, end - from, UTF_8).replace('/', '.');
      defineAhead(name, files, start, length);
      at = start + length;
    }
  }

  private void defineAhead(String name, byte[] files, int start, int length) {
    synchronized (getClassLoadingLock(name)) {
      if (findLoadedClass(name) == null) {
        try {
          defineClass(name, files, start, length, domain);
        } catch (LinkageError e) {
          // is said to who asks for it, if anyone ever does
        }
      }
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    Class<?> found = define(name, fileOf(name));
    if (found == null) {
      throw new ClassNotFoundException(name);
    }
    return found;
  }

  /** Returns null when there is no such class here. */
  private Class<?> define(String name, String file) throws ClassNotFoundException {
    byte[] bytes;
    try {
      bytes = archive.read(file);
    } catch (IOException e) {
      throw new ClassNotFoundException(name + ": " + e.getMessage(), e);
    }
    return bytes == null ? null : defineClass(name, bytes, 0, bytes.length, domain);
  }

  private static String fileOf(String className) {
    return className.replace('.', '/').concat(CLASS);
  }

  @Override
  public InputStream getResourceAsStream(String name) {
    try {
      byte[] bytes = archive.read(name);
      return bytes == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(bytes);
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  protected URL findResource(String name) {
    try {
      return archive.read(name) == null ? null : new URL(null, "sonde:" + name, new Handler());
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    URL url = findResource(name);
    return url == null
        ? Collections.emptyEnumeration()
        : Collections.enumeration(Collections.singleton(url));
  }

  /** Opens the URLs of resources. */
  private final class Handler extends URLStreamHandler {
    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {}

        @Override
        public InputStream getInputStream() throws IOException {
          byte[] bytes = archive.read(getURL().getPath());
          if (bytes == null) {
            throw new IOException(getURL() + ": no such resource");
          }
          return new ByteArrayInputStream(bytes);
        }
      };
    }
  }
}
