package dev.sonde.vm.memory;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Direct byte buffers over given addresses, which only the JDK's own access object makes. */
final class DirectBuffers {
  private static final MethodHandle MAKE = maker();

  private DirectBuffers() {}

  static ByteBuffer of(long address, int sizeBytes) {
    try {
      return (ByteBuffer) MAKE.invoke(address, sizeBytes);
    } catch (Throwable failure) {
      throw new IllegalStateException(
          "buffer over memory: the JDK refused %d B".formatted(sizeBytes), failure);
    }
  }

  /** The method has the same name from 17 to 25, and since 17 ever other trailing parameters. */
  private static MethodHandle maker() {
    try {
      Object access =
          Class.forName("jdk.internal.access.SharedSecrets")
              .getMethod("getJavaNioAccess")
              .invoke(null);
      Class<?> type = Class.forName("jdk.internal.access.JavaNioAccess");
      for (Method method : type.getMethods()) {
        Class<?>[] parameters = method.getParameterTypes();
        if (method.getName().equals("newDirectByteBuffer")
            && parameters.length >= 2
            && parameters[0] == long.class
            && parameters[1] == int.class) {
          Object[] nulls = new Object[parameters.length - 2];
          Arrays.fill(nulls, null);
          MethodHandle bound = MethodHandles.lookup().unreflect(method).bindTo(access);
          return MethodHandles.insertArguments(bound, 2, nulls);
        }
      }
      throw new ExceptionInInitializerError("JavaNioAccess has no newDirectByteBuffer");
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }
}
