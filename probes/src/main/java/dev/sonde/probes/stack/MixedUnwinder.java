package dev.sonde.probes.stack;

import dev.sonde.probes.hotspot.CodeBlob;
import dev.sonde.probes.hotspot.HotSpotCode;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.PcCache;
import dev.sonde.probes.unwind.PerfMap;
import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import dev.sonde.vm.stacktrace.FrameTable.Frame;
import dev.sonde.vm.stacktrace.FrameTable.Tier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Walks a stack of native and Java frames from a sample's registers and the copy of its stack: by
 * call frame information in ELF files, by frame size in compiled methods, by frame pointers in the
 * interpreter. Needs no flag on the JVM. One thread at a time.
 */
public final class MixedUnwinder {
  private final NativeCode code;
  private final @Nullable HotSpotCode java;
  private final JavaFrames frames;
  private final @Nullable PerfMap generated;
  private final JavaStep javaStep;
  private final PcCache<Inlined> inlined = new PcCache<>();
  private final PcCache<Inlined> byPlace = new PcCache<>(); // leaves are met at ever new pcs
  private final Map<String, Long> stubs = new HashMap<>();
  private long[] ids = new long[0];
  private int depth;
  private boolean complete;
  private String stop = "";

  /** The frames at a pc, as long as the pc is of the same code. */
  private record Inlined(CodeBlob blob, long[] ids) {}

  /**
   * @param java the process's JVM, null when it has none that is known
   * @param generated names of what a runtime generated, for processes without such a JVM
   */
  public MixedUnwinder(
      NativeCode code, @Nullable HotSpotCode java, JavaFrames frames, @Nullable PerfMap generated) {
    this.generated = generated;
    this.code = code;
    this.java = java;
    this.frames = frames;
    this.javaStep = new JavaStep(code, java);
  }

  /** Says that time has passed: compiled methods may have come and gone. */
  public void newRound() {
    if (java != null) {
      java.newRound();
    }
    if (generated != null) {
      generated.newRound();
    }
  }

  /** Tells whether the last stack was walked to the start of its thread. */
  public boolean isComplete() {
    return complete;
  }

  /** Returns why the last stack ends where it ends; "" when it is complete. */
  public String stop() {
    return stop;
  }

  /**
   * Walks a stack; {@code registers} are used up.
   *
   * @param into receives frame ids, leaf first: addresses, the callers' in the insn that calls; and
   *     ids of Java frames
   * @param from where in {@code into} to begin
   * @return behind the last id
   */
  public int unwind(Registers registers, StackWindow stack, long[] into, int from) {
    ids = into;
    depth = from;
    complete = false;
    stop = "deeper than %d frames".formatted(into.length);
    boolean exact = true; // whether the pc is of an insn that runs, not a return address
    while (depth < ids.length) {
      long pc = registers.pc();
      long lookup = exact ? pc : pc - 1;
      long sp = registers.stackPointer();
      CodeBlob blob = java == null ? null : java.blob(lookup);
      String why;
      if (blob != null) {
        why = stepOut(blob, exact, registers, stack);
        exact = false;
      } else {
        add(generated == null ? lookup : named(generated, lookup));
        why = code.step(lookup, registers, stack);
        if (why != null && !why.isEmpty() && javaStep.unknownCode(exact, registers, stack)) {
          why = null;
        }
        exact = why == null && code.isSignalFrame(lookup);
      }
      if (why != null || registers.pc() == 0) {
        complete = why == null || why.isEmpty();
        stop = complete ? "" : String.valueOf(why);
        return depth;
      }
      if (Long.compareUnsigned(registers.stackPointer(), sp) <= 0 && !isInterpreter(blob)) {
        stop = "a stack pointer that does not rise";
        return depth;
      }
    }
    return depth;
  }

  private static boolean isInterpreter(@Nullable CodeBlob blob) {
    return blob != null && blob.kind() == CodeBlob.Kind.INTERPRETER;
  }

  private @Nullable String stepOut(
      CodeBlob blob, boolean leaf, Registers registers, StackWindow stack) {
    long pc = registers.pc();
    switch (blob.kind()) {
      case COMPILED -> {
        addCompiled(blob, pc);
        return javaStep.compiled(blob, leaf, registers, stack);
      }
      case INTERPRETER -> {
        Frame frame = javaStep.interpretedFrame(leaf, registers, stack);
        if (frame != null) {
          add(frames.idOf(frame));
          return javaStep.interpreter(registers, stack);
        }
        addStub("Interpreter");
        return javaStep.stub(true, registers, stack);
      }
      case STUBS -> {
        if (java != null && java.isCallStubReturn(pc)) {
          addStub("call_stub");
          return javaStep.callStub(registers, stack);
        }
        addStub(blob.name());
        return javaStep.stub(leaf, registers, stack);
      }
      case CONTINUATION_STUBS -> {
        if (!leaf && java != null && java.enterSpecialReturn() != 0) {
          return javaStep.returnBarrier(registers, stack);
        }
        addStub(blob.name());
        return javaStep.stub(leaf, registers, stack);
      }
      case JUMPS -> {
        addStub(blob.name());
        return javaStep.stub(leaf, registers, stack);
      }
      default -> {
        addStub(blob.name());
        return javaStep.compiled(blob, leaf, registers, stack);
      }
    }
  }

  private void addCompiled(CodeBlob blob, long pc) {
    Inlined known = inlined.get(pc);
    if (known == null || known.blob != blob) {
      long place = java == null ? 0 : blob.address() + java.place(blob, pc);
      known = byPlace.get(place);
      if (known == null || known.blob != blob) {
        known = new Inlined(blob, methodsAt(blob, pc));
        byPlace.put(place, known);
      }
      inlined.put(pc, known);
    }
    for (long id : known.ids) {
      add(id);
    }
  }

  private long[] methodsAt(CodeBlob blob, long pc) {
    List<Frame> methods = java == null ? List.of() : java.compiledFrames(blob, pc);
    if (methods.isEmpty()) {
      return new long[] {stubId("[unknown compiled method]")};
    }
    long[] found = new long[methods.size()];
    for (int i = 0; i < found.length; i++) {
      found[i] = frames.idOf(methods.get(i));
    }
    return found;
  }

  /** Generated code gets its name at once: later another code may be where it was. */
  private long named(PerfMap map, long address) {
    String name = map.at(address);
    return name == null ? address : frames.idOf(new Frame("", name, null, 0, Tier.COMPILED));
  }

  private void addStub(String name) {
    add(stubId(name));
  }

  private long stubId(String name) {
    Long known = stubs.get(name);
    if (known == null) {
      known = frames.idOf(new Frame("", name, null, 0, Tier.STUB));
      stubs.put(name, known);
    }
    return known;
  }

  private void add(long id) {
    if (depth < ids.length) {
      ids[depth++] = id;
    }
  }
}
