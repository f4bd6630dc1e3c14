package dev.sonde.probes.method;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A program whose code is Java: what a test wants to see of an event, by scalars or by memory. */
final class JavaProgram implements ExecutableProgram {
  /** What runs: gets the fields that it asked for, in that order. */
  interface Body {
    long run(CarrierSlot slot, long[] fields);
  }

  private final Body body;
  private final boolean byMemory;
  private final List<ContextField> fields;

  private JavaProgram(Body body, boolean byMemory, List<ContextField> fields) {
    this.body = body;
    this.byMemory = byMemory;
    this.fields = fields;
  }

  /** Returns a program over the 8-byte fields at {@code offsets}, ascending. */
  static JavaProgram scalar(Body body, int... offsets) {
    return new JavaProgram(body, false, fields(offsets));
  }

  static JavaProgram scalar(Body body, ContextField... fields) {
    return new JavaProgram(body, false, List.of(fields));
  }

  /** Returns a program that reads the same from the whole context. */
  static JavaProgram memory(Body body, int... offsets) {
    return new JavaProgram(body, true, fields(offsets));
  }

  private static List<ContextField> fields(int... offsets) {
    List<ContextField> fields = new ArrayList<>();
    for (int offset : offsets) {
      fields.add(new ContextField(offset, 8));
    }
    return fields;
  }

  @Override
  public ResolvedProgram program() {
    return new ResolvedProgram(
        ProgramSpec.of("java", ProgramType.KPROBE, List.of()), List.of(), List.of());
  }

  @Override
  public long run(CarrierSlot slot, long contextAddress) {
    long[] values = new long[fields.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = RawMemory.getLong(contextAddress + fields.get(i).offsetBytes());
    }
    return body.run(slot, values);
  }

  @Override
  public long runTail(CarrierSlot slot, long contextAddress) {
    return run(slot, contextAddress);
  }

  @Override
  public Optional<MethodHandle> scalarEntry() {
    if (byMemory) {
      return Optional.empty();
    }
    try {
      MethodType type = MethodType.methodType(long.class, CarrierSlot.class, long[].class);
      return Optional.of(
          MethodHandles.lookup()
              .findVirtual(Body.class, "run", type)
              .bindTo(body)
              .asCollector(long[].class, fields.size()));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public List<ContextField> scalarFields() {
    return byMemory ? List.of() : fields;
  }

  @Override
  public void close() {}
}
