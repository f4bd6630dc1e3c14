package dev.sonde.probes.method;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The classes whose methods run between woven code and the re-entrancy guard: woven, they would
 * call themselves without end. Also Sonde's own.
 */
final class Unweavable {
  static final String OWN = "it is Sonde's";
  private static final String ON_THE_WAY = "it runs before the re-entrancy guard is taken";

  /** What is said of a class that the JVM shows to no transformer. */
  static final String HIDDEN =
      "it is a hidden class, which the JVM lets nobody weave; the code of a lambda is the method"
          + " lambda$... of the class that it stands in";

  /** What is said of {@code Foo::bar} where calls of bar are asked for. */
  static final String REFERENCE =
      "as a lambda: such calls are made by a hidden class, which the JVM lets nobody weave; the"
          + " target method/ of what it refers to sees them";

  static final String NATIVE = "it is native; call/ of it sees the calls";

  static final String ABSTRACT =
      "it is abstract; a filter with subtype-of finds what implements it";

  /** What is said of a method that the JVM's compilers would have nothing to do with any more. */
  static final String HUGE =
      "with what is woven it has more than "
          + HugeMethods.LIMIT_BYTES
          + " B of code, which HotSpot never compiles: it would be interpreted from now on;"
          + " -XX:-DontCompileHugeMethods on the traced JVM has it woven, and call/ of it sees the"
          + " calls";

  private static final Map<String, String> PREFIXES =
      Map.of(
          "java/lang/Sonde", OWN,
          "java/lang/invoke/", ON_THE_WAY,
          "jdk/internal/misc/Unsafe", ON_THE_WAY,
          "jdk/internal/access/", ON_THE_WAY,
          "java/lang/System$", ON_THE_WAY, // the JDK's access object, which names the carrier
          "jdk/internal/vm/", "the JVM calls it where no Java code may run",
          "sun/instrument/", "it carries out the weaving");

  /** Packages of this agent and of what it brings along, when they come from its own loader. */
  private static final List<String> OURS =
      List.of(
          "dev/sonde/agent/",
          "dev/sonde/exporters/",
          "dev/sonde/jit/",
          "dev/sonde/perfbuffer/",
          "dev/sonde/probes/",
          "dev/sonde/ringbuf/",
          "dev/sonde/verifier/",
          "dev/sonde/vm/",
          "net/bytebuddy/");

  private Unweavable() {}

  /** Returns why a class cannot be woven, or null when it can. */
  static @Nullable String reason(String internalName, @Nullable ClassLoader loader) {
    if (loader != null && loader == Unweavable.class.getClassLoader()) {
      boolean appLoader = loader == ClassLoader.getSystemClassLoader();
      return !appLoader || isIn(OURS, internalName) ? OWN : null;
    }
    for (Map.Entry<String, String> prefix : PREFIXES.entrySet()) {
      if (internalName.startsWith(prefix.getKey())) {
        return prefix.getValue();
      }
    }
    return null;
  }

  /** What is said of a method that would outgrow what the JVM takes. */
  static String large(int codeBytes) {
    return "with what is woven it has %d B of code, want at most 65535 B".formatted(codeBytes);
  }

  private static boolean isIn(List<String> prefixes, String internalName) {
    for (String prefix : prefixes) {
      if (internalName.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }
}
