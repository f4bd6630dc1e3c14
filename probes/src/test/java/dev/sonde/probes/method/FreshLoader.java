package dev.sonde.probes.method;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;

/** Loads some classes of the class path anew, all others as everybody. */
final class FreshLoader extends URLClassLoader {
  private final String prefix;

  FreshLoader(String prefix) {
    super("fresh", new URL[] {location()}, FreshLoader.class.getClassLoader());
    this.prefix = prefix;
  }

  private static URL location() {
    return FreshLoader.class.getProtectionDomain().getCodeSource().getLocation();
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null
          ? loaded
          : name.startsWith(prefix) ? findClass(name) : super.loadClass(name, resolve);
    }
  }

  @Override
  public void close() throws IOException {
    super.close();
  }
}
