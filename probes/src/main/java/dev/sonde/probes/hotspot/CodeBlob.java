package dev.sonde.probes.hotspot;

/**
 * A piece of code that HotSpot made: a compiled method, the interpreter, a stub.
 *
 * @param address of its header
 * @param kind what it is
 * @param name as HotSpot calls it
 * @param codeStart first insn
 * @param codeEnd behind the last insn
 * @param frameBytes of a complete frame, with saved frame pointer and return address; 0: no frame
 * @param frameComplete from this address on the frame is complete
 * @param method the Method* of a compiled method, else 0
 * @param compileId which compilation of this JVM made it, else 0
 */
public record CodeBlob(
    long address,
    Kind kind,
    String name,
    long codeStart,
    long codeEnd,
    int frameBytes,
    long frameComplete,
    long method,
    int compileId) {

  /** What a blob is, as far as frames differ. */
  public enum Kind {
    COMPILED,
    INTERPRETER,
    /** StubRoutines: call stub, copying, intrinsics. */
    STUBS,
    /** What suspends and resumes virtual threads. */
    CONTINUATION_STUBS,
    /** Adapters, vtable and itable stubs: they jump and have no frame. */
    JUMPS,
    /** Stubs with a frame of a fixed size: calls into the JVM, safepoints. */
    RUNTIME
  }

  public boolean holds(long pc) {
    return pc >= codeStart && pc < codeEnd;
  }

  static Kind kindOf(String name) {
    if (name.equals("nmethod") || name.equals("native nmethod")) {
      return Kind.COMPILED;
    }
    if (name.equals("Interpreter")) {
      return Kind.INTERPRETER;
    }
    if (name.startsWith("StubRoutines")) {
      return name.contains("ontinuation") ? Kind.CONTINUATION_STUBS : Kind.STUBS;
    }
    if (name.startsWith("vtable") || name.contains("dapter")) {
      return Kind.JUMPS;
    }
    return Kind.RUNTIME;
  }
}
