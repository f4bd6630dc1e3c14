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
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

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
      try {
        loadBehind(batch);
        defineBatch(batch);
      } catch (IOException e) {
        throw new ClassNotFoundException(e.getMessage(), e);
      }
    }
    return defined;
  }

  /**
   * Has another thread load the batches that are used after {@code earlier}, while the classes of
   * that one work: with them, a JVM's first program is verified in a third of the time.
   */
  private void loadBehind(int earlier) {
    for (int batch = 0; batch < archive.batches(); batch++) {
      if (archive.isBehind(batch, earlier)) {
        try {
          new Ahead(earlier).start();
        } catch (OutOfMemoryError | SecurityException e) {
          // no thread to be had: they are loaded as they are used
        }
        return;
      }
    }
  }

  /** Defines and links batches. No lambda: what makes one would be loaded for this alone. */
  private final class Ahead extends Thread {
    private final int earlier;

    Ahead(int earlier) {
      super(null, null, "sonde-classes", 0, false);
      this.earlier = earlier;
      setDaemon(true);
      setContextClassLoader(null);
    }

    @Override
    public void run() {
      try {
        for (int batch = 0; batch < archive.batches(); batch++) {
          if (archive.isBehind(batch, earlier)) {
            for (Class<?> type : defineBatch(batch)) {
              link(type);
            }
          }
        }
      } catch (Throwable failure) { // the application hears of none
        // what is not loaded now is loaded as it is used, and says then why it cannot be
      }
    }
  }

  /**
   * Links a class, which the JVM does otherwise as it is initialized. It is not initialized: two
   * threads that did that to two classes could wait for each other for ever.
   */
  private static void link(Class<?> type) {
    try {
      type.getConstructors(); // looks them up in the linked class
    } catch (LinkageError e) {
      // is said to who asks for it, if anyone ever does
    }
  }

  /**
   * Defines classes before the JVM asks for each: that it calls {@link #loadClass}, and what this
   * does to find one, costs more than to define it. They lie in the order of their use, so that a
   * superclass is there before it is asked for.
   */
  private List<Class<?>> defineBatch(int batch) throws IOException {
    byte[] files = archive.readBatch(batch);
    ByteBuffer fields = ByteBuffer.wrap(files);
    List<Class<?>> defined = new ArrayList<>();
    for (int at = 0; at < files.length; ) {
      int length = fields.getInt(at);
      int start = at + ClassArchive.NAME + fields.getShort(at + 4);
      int end = start - CLASS.length();
      int from = at + ClassArchive.NAME;
      String name = new String(files, from, end - from, UTF_8).replace('/', '.');
      try {
        defined.add(defineAhead(name, files, start, length));
      } catch (LinkageError e) {
        // is said to who asks for it, if anyone ever does
      }
      at = start + length;
    }
    return defined;
  }

  private Class<?> defineAhead(String name, byte[] files, int start, int length) {
    synchronized (getClassLoadingLock(name)) {
      Class<?> known = findLoadedClass(name);
      return known != null ? known : defineClass(name, files, start, length, domain);
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
