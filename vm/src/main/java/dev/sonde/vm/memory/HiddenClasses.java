package dev.sonde.vm.memory;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.security.ProtectionDomain;
import org.jspecify.annotations.Nullable;

/**
 * Hidden classes in which the JVM heeds the annotations of the JDK's own code, {@link
 * #FORCE_INLINE} above all: whether HotSpot inlines a method of more than 35 bytes depends on
 * counts that it takes of the calls, and these on when which thread compiled what. One process in
 * four would call what the others inline, for 2 ns a call.
 */
public final class HiddenClasses {
  /** The descriptor of the annotation of a method that is to be inlined wherever it is called. */
  public static final String FORCE_INLINE = "Ljdk/internal/vm/annotation/ForceInline;";

  /** {@code HIDDEN_CLASS | ACCESS_VM_ANNOTATIONS} of java.lang.invoke.MethodHandleNatives. */
  private static final int FLAGS = 2 | 8;

  private static final @Nullable MethodHandle DEFINE = definer();

  private HiddenClasses() {}

  /**
   * Defines and initializes a hidden class beside {@code host}'s, which goes when nobody refers to
   * it any more.
   *
   * @param name internal name that the bytes have
   * @param data what {@link MethodHandles#classData} gives to the class, null: nothing
   * @return a lookup with all access to the class
   */
  public static MethodHandles.Lookup define(
      MethodHandles.Lookup host, String name, byte[] bytes, @Nullable Object data)
      throws IllegalAccessException {
    if (DEFINE == null) {
      return data == null
          ? host.defineHiddenClass(bytes, true)
          : host.defineHiddenClassWithClassData(bytes, data, true);
    }
    Class<?> owner = host.lookupClass();
    try {
      Class<?> defined =
          (Class<?>)
              DEFINE.invokeExact(
                  owner.getClassLoader(),
                  owner,
                  name,
                  bytes,
                  owner.getProtectionDomain(),
                  true,
                  FLAGS,
                  data);
      return MethodHandles.privateLookupIn(defined, host);
    } catch (IllegalAccessException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable impossible) {
      throw new AssertionError(impossible); // what it declares is nothing
    }
  }

  /** Null where the JDK has no such method: then what is inlined is HotSpot's guess. */
  private static @Nullable MethodHandle definer() {
    try {
      Object access =
          Class.forName("jdk.internal.access.SharedSecrets")
              .getMethod("getJavaLangAccess")
              .invoke(null);
      MethodType type =
          MethodType.methodType(
              Class.class,
              ClassLoader.class,
              Class.class,
              String.class,
              byte[].class,
              ProtectionDomain.class,
              boolean.class,
              int.class,
              Object.class);
      return MethodHandles.lookup()
          .findVirtual(Class.forName("jdk.internal.access.JavaLangAccess"), "defineClass", type)
          .bindTo(access);
    } catch (ReflectiveOperationException | RuntimeException none) {
      return null;
    }
  }
}
