package dev.sonde.probes.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The C library's {@code syscall(2)}, mapped directly by JNA: the only native function that Sonde
 * calls. Loading it takes a tenth of a second, so it is loaded by the first call.
 */
final class JnaDoor implements SyscallDoor {
  private static final String ARCHITECTURE = System.getProperty("os.arch");

  private final int[] numbers = new int[Syscall.values().length];

  JnaDoor() {
    for (Syscall call : Syscall.values()) {
      numbers[call.ordinal()] = call.numberOn(ARCHITECTURE);
    }
    C.ready();
  }

  @Override
  public long call(Syscall call, long a, long b, long c, long d, long e, long f) {
    long result = C.syscall(numbers[call.ordinal()], a, b, c, d, e, f);
    return result == -1 ? -Native.getLastError() : result;
  }

  /** The mapped function; its class is initialised on the first use. */
  private static final class C {
    static {
      NativeAccess.allow();
      String before = System.getProperty("jnidispatch.path");
      Native.register(C.class, NativeLibrary.getProcess());
      restore("jnidispatch.path", before);
    }

    /** JNA leaves the path of its library in a property, which the application's JNA would read. */
    private static void restore(String property, String before) {
      if (before == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, before);
      }
    }

    static void ready() {}

    static native long syscall(long number, long a, long b, long c, long d, long e, long f);
  }
}
