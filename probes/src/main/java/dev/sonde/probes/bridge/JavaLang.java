package dev.sonde.probes.bridge;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Defines classes in {@code java.lang}, which every class loader delegates to the boot loader and
 * every module reads. The package must have been opened to this module.
 *
 * <p>A class defined here cannot refer to a class of ours. It gets its one object through {@code
 * java.lang.SondeBridge}, which all agents in the JVM share: {@code target} holds the object while
 * the class initializes, {@code next} numbers the classes.
 */
final class JavaLang {
  private static final String BRIDGE = "java.lang.SondeBridge";

  private final MethodHandles.Lookup lookup;
  private final Class<?> bridge;
  private final VarHandle target;
  private final VarHandle next;

  JavaLang() {
    try {
      lookup = MethodHandles.privateLookupIn(Object.class, MethodHandles.lookup());
      bridge = findOrDefineBridge();
      target = lookup.findStaticVarHandle(bridge, "target", Object.class);
      next = lookup.findStaticVarHandle(bridge, "next", int.class);
    } catch (IllegalAccessException | NoSuchFieldException e) {
      throw new IllegalStateException(
          "java.lang is not open to Sonde: JdkAccess.open has not been called in this JVM", e);
    }
  }

  /** Returns a number that no other class defined here has, in this JVM. */
  int nextNumber() {
    return (int) next.getAndAdd(1);
  }

  /** Defines and initializes a class whose initializer reads {@code object} from the bridge. */
  Class<?> define(byte[] bytes, Object object) throws IllegalAccessException {
    synchronized (bridge) {
      target.setVolatile(object);
      try {
        return lookup.ensureInitialized(lookup.defineClass(bytes));
      } finally {
        target.setVolatile(null);
      }
    }
  }

  MethodHandle findStatic(Class<?> type, String name, java.lang.invoke.MethodType methodType)
      throws NoSuchMethodException, IllegalAccessException {
    return lookup.findStatic(type, name, methodType);
  }

  private Class<?> findOrDefineBridge() throws IllegalAccessException {
    synchronized (Object.class) { // the only lock that two agents in two loaders have in common
      try {
        return Class.forName(BRIDGE, true, null);
      } catch (ClassNotFoundException first) {
        return lookup.ensureInitialized(lookup.defineClass(bridgeBytes()));
      }
    }
  }

  private static byte[] bridgeBytes() {
    ClassWriter writer = new ClassWriter(0);
    int access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
    writer.visit(Opcodes.V17, access, BRIDGE.replace('.', '/'), null, "java/lang/Object", null);
    int field = Opcodes.ACC_STATIC | Opcodes.ACC_VOLATILE;
    writer.visitField(field, "target", "Ljava/lang/Object;", null, null).visitEnd();
    writer.visitField(field, "next", "I", null, null).visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }
}
