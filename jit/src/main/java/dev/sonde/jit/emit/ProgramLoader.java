package dev.sonde.jit.emit;

import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.memory.RawMemory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Makes a hidden class of a plan: it has no name that anybody could find it by, and goes when the
 * program goes.
 */
public final class ProgramLoader {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private ProgramLoader() {}

  /** Returns the class of {@code plan} as text, eBPF and C beside the bytecode. */
  public static String listing(ProgramPlan plan) {
    return ClassEmitter.list(plan);
  }

  /** Returns the class file of {@code plan}, for tools. */
  public static byte[] classFile(ProgramPlan plan) {
    return ClassEmitter.write(plan).bytes();
  }

  /** Compiles and loads {@code plan}. */
  public static CompiledProgram load(ProgramPlan plan) {
    ClassEmitter.Written written = ClassEmitter.write(plan);
    try {
      MethodHandles.Lookup lookup =
          LOOKUP.defineHiddenClassWithClassData(
              written.bytes(), written.maps().toArray(new BpfMap[0]), true);
      CompiledProgram program =
          RawMemory.newInstance(lookup.lookupClass().asSubclass(CompiledProgram.class));
      program.bind(
          plan.known().proof().program(),
          written.fields(),
          scalarEntry(lookup, written),
          written.bytes().length);
      return program;
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(
          "program \"%s\": its class was not accepted".formatted(plan.main().name()), impossible);
    }
  }

  private static @Nullable MethodHandle scalarEntry(
      MethodHandles.Lookup lookup, ClassEmitter.Written written)
      throws ReflectiveOperationException {
    if (!written.hasScalarEntry()) {
      return null;
    }
    MethodType type =
        MethodType.methodType(long.class, CarrierSlot.class)
            .appendParameterTypes(
                written.fields().stream()
                    .<Class<?>>map(field -> field.isReference() ? Object.class : long.class)
                    .toList());
    return lookup.findStatic(lookup.lookupClass(), ClassEmitter.SCALAR, type);
  }
}
