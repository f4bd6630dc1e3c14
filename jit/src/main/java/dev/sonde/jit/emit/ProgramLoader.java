package dev.sonde.jit.emit;

import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.memory.HiddenClasses;
import dev.sonde.vm.memory.RawMemory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
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
    return ClassEmitter.write(List.of(plan)).bytes();
  }

  /** Compiles and loads {@code plan} as a class of its own. */
  public static CompiledProgram load(ProgramPlan plan) {
    return load(List.of(plan)).get(0);
  }

  /** Compiles and loads {@code plans}, whose methods have different names, as one class. */
  public static List<CompiledProgram> load(List<ProgramPlan> plans) {
    ClassEmitter.Written written = ClassEmitter.write(plans);
    try {
      MethodHandles.Lookup lookup =
          HiddenClasses.define(LOOKUP, written.name(), written.bytes(), null);
      written.fields().fill(lookup.lookupClass());
      Body body = RawMemory.newInstance(lookup.lookupClass().asSubclass(Body.class));
      List<CompiledProgram> programs = new ArrayList<>();
      for (int i = 0; i < plans.size(); i++) {
        ContextFields context = written.contexts().get(i);
        programs.add(
            new CompiledProgram(
                body,
                i,
                new CompiledProgram.Parts(
                    plans.get(i).known().proof().program(),
                    plans.get(i).hasTailCall(),
                    context.fields(),
                    scalarEntry(lookup, plans.get(i).main().name(), context),
                    written.bytes().length)));
      }
      return programs;
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(
          "program \"%s\": its class was not accepted".formatted(plans.get(0).main().name()),
          impossible);
    }
  }

  private static @Nullable MethodHandle scalarEntry(
      MethodHandles.Lookup lookup, String name, ContextFields context)
      throws ReflectiveOperationException {
    if (!context.isReplaced()) {
      return null;
    }
    MethodType type =
        MethodType.methodType(long.class, CarrierSlot.class)
            .appendParameterTypes(
                context.fields().stream()
                    .<Class<?>>map(field -> field.isReference() ? Object.class : long.class)
                    .toList());
    return lookup.findStatic(lookup.lookupClass(), name, type);
  }
}
