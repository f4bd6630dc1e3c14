package dev.sonde.probes.linux;

import java.lang.reflect.Method;

/**
 * JDK 24 and later warn where a class loads a native library unless its module may. The command
 * line says so in its manifest; inside an agent nobody can, so the JDK's own access object is
 * asked, which the agent has opened to itself.
 */
final class NativeAccess {
  private NativeAccess() {}

  /**
   * Allows native access to classes that are in no named module, as {@code
   * --enable-native-access=ALL-UNNAMED} does: the JDK keeps one answer for all of them. Where the
   * access object is not open, the JDK prints its warning and goes on.
   */
  static void allow() {
    if (Runtime.version().feature() < 24) {
      return;
    }
    try {
      Object access =
          Class.forName("jdk.internal.access.SharedSecrets")
              .getMethod("getJavaLangAccess")
              .invoke(null);
      Method allow =
          Class.forName("jdk.internal.access.JavaLangAccess")
              .getMethod("addEnableNativeAccessToAllUnnamed");
      allow.invoke(access);
    } catch (ReflectiveOperationException | RuntimeException notOpen) {
      // a warning is all that follows
    }
  }
}
