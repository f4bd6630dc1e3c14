package dev.sonde.probes.method;

import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * A method as its class file declares it.
 *
 * @param owner internal name of its class
 * @param access its flags
 */
record WovenMethod(String owner, int access, String name, String descriptor) {

  boolean isStatic() {
    return (access & Opcodes.ACC_STATIC) != 0;
  }

  boolean isConstructor() {
    return name.equals("<init>");
  }

  Type returnType() {
    return Type.getReturnType(descriptor);
  }

  /** Returns the types of its arguments, the receiver first. */
  Type[] argumentTypes() {
    Type[] declared = Type.getArgumentTypes(descriptor);
    if (isStatic()) {
      return declared;
    }
    Type[] all = new Type[declared.length + 1];
    all[0] = Type.getObjectType(owner);
    System.arraycopy(declared, 0, all, 1, declared.length);
    return all;
  }

  /** Returns the first local of each argument. */
  int[] argumentLocals() {
    Type[] types = argumentTypes();
    int[] locals = new int[types.length];
    for (int i = 1; i < types.length; i++) {
      locals[i] = locals[i - 1] + types[i - 1].getSize();
    }
    return locals;
  }

  int argumentCount() {
    return Type.getArgumentCount(descriptor) + (isStatic() ? 0 : 1);
  }

  /** Returns bit i for each argument i below 64 that is a reference. */
  long references() {
    Type[] types = argumentTypes();
    long bits = 0;
    for (int i = 0; i < Math.min(types.length, Long.SIZE); i++) {
      bits |= Shape.isReference(types[i]) ? 1L << i : 0;
    }
    return bits;
  }

  /** Returns bit i for each argument i below 64 that there is. */
  long present() {
    int count = argumentCount();
    return count >= Long.SIZE ? -1L : (1L << count) - 1;
  }

  @Override
  public String toString() {
    return owner.replace('/', '.') + "." + Parameters.describe(name, descriptor);
  }
}
