package dev.sonde.probes.hotspot;

import dev.sonde.probes.hotspot.TargetView.UnreadableException;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.PcCache;
import dev.sonde.probes.unwind.TargetMemory;
import dev.sonde.vm.stacktrace.FrameTable.Frame;
import dev.sonde.vm.stacktrace.FrameTable.Tier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Java code of one running JVM: which blob a pc is in, and which methods run there. One thread
 * at a time.
 */
public final class HotSpotCode {
  private static final long ROUND_NANOS = 200_000_000L; // names are right to within that

  private final VmStructs structs;
  private final TargetView view;
  private final CodeCache cache;
  private final MethodTable methods;
  private final boolean noZeroBytes;
  private final PcCache<BlobCode> blobs = new PcCache<>();
  private final long callStubReturn;
  private final long enterSpecialReturn;
  private long roundNanos = System.nanoTime();
  private boolean mayBeStale; // a round was left out since

  private HotSpotCode(VmStructs structs, TargetView view) {
    this.structs = structs;
    this.view = view;
    this.cache = new CodeCache(structs, view);
    this.noZeroBytes = structs.staticInt("Abstract_VM_Version._vm_major_version") >= 20;
    this.methods = new MethodTable(structs, view, noZeroBytes);
    this.callStubReturn = structs.staticPointer("StubRoutines._call_stub_return_address");
    this.enterSpecialReturn =
        structs.has("ContinuationEntry._return_pc")
            ? structs.staticPointer("ContinuationEntry._return_pc")
            : 0;
  }

  /**
   * Finds the JVM in a process.
   *
   * @return null when the process has none
   * @throws HotSpotLayoutException when it has one of a kind that is not known
   */
  public static @Nullable HotSpotCode of(NativeCode code, TargetMemory memory) {
    TargetView view = new TargetView(memory);
    try {
      VmStructs structs = VmStructs.of(view, code);
      return structs == null ? null : new HotSpotCode(structs, view).proved();
    } catch (UnreadableException e) {
      throw new HotSpotLayoutException("libjvm.so: its tables: " + e.getMessage());
    }
  }

  /** Finds two places whose code is known, so that a layout that is not known shows at once. */
  private HotSpotCode proved() {
    CodeBlob stub = cache.find(callStubReturn);
    if (stub == null || stub.kind() != CodeBlob.Kind.STUBS) {
      throw new HotSpotLayoutException(
          "code cache: got %s where the call stub is, want StubRoutines: not a known HotSpot"
              .formatted(stub == null ? "nothing" : stub.name()));
    }
    methods.requireFields();
    DebugInfo.requireFields(structs);
    return this;
  }

  /**
   * Says that time has passed: it is checked, when they are next met, which methods are still
   * there. Rings that fill are read many times a second, and what is known holds for longer; code
   * that is new since is looked for when it is met.
   */
  public void newRound() {
    if (System.nanoTime() - roundNanos < ROUND_NANOS) {
      mayBeStale = true;
    } else {
      beginRound();
    }
  }

  private void beginRound() {
    roundNanos = System.nanoTime();
    mayBeStale = false;
    view.forget();
    cache.newRound();
    methods.newRound();
  }

  public @Nullable CodeBlob blob(long pc) {
    CodeBlob found = cache.find(pc);
    if (found == null && mayBeStale && cache.covers(pc)) {
      beginRound();
      found = cache.find(pc);
    }
    return found;
  }

  public boolean isCallStubReturn(long pc) {
    return pc == callStubReturn;
  }

  /** Returns the return address in the frame that a virtual thread's stack stands on; 0: none. */
  public long enterSpecialReturn() {
    return enterSpecialReturn;
  }

  /** Returns up to {@code length} bytes of the blob's code at {@code pc}, or null. */
  public byte @Nullable [] insns(CodeBlob blob, long pc, int length) {
    return code(blob).insns(pc, length);
  }

  private BlobCode code(CodeBlob blob) {
    BlobCode known = blobs.get(blob.address());
    if (known == null || known.blob != blob) {
      known = new BlobCode(blob, structs, view, noZeroBytes, methods.round());
      blobs.put(blob.address(), known);
    }
    return known;
  }

  /**
   * Returns a number that tells places of a compiled method apart: where it is the same, the same
   * methods run at the same lines. 0 when the method says nothing about {@code pc}.
   */
  public int place(CodeBlob blob, long pc) {
    try {
      return code(blob).debugInfo().placeOf((int) (pc - blob.codeStart()));
    } catch (UnreadableException gone) {
      return 0;
    }
  }

  /** Returns the methods that run at {@code pc} of a compiled method, innermost first. */
  public List<Frame> compiledFrames(CodeBlob blob, long pc) {
    List<Frame> frames = new ArrayList<>();
    try {
      DebugInfo info = code(blob).debugInfo();
      List<DebugInfo.Scope> scopes = info.scopesAt((int) (pc - blob.codeStart()));
      for (int i = 0; i < scopes.size(); i++) {
        MethodInfo method = methods.method(scopes.get(i).method(), code(blob).since());
        if (method != null) {
          boolean outermost = i == scopes.size() - 1;
          frames.add(frame(method, scopes.get(i).bci(), outermost ? Tier.COMPILED : Tier.INLINED));
        }
      }
    } catch (UnreadableException gone) {
      frames.clear();
    }
    if (frames.isEmpty()) {
      MethodInfo method = methods.method(blob.method(), code(blob).since());
      if (method != null) {
        frames.add(frame(method, -1, Tier.COMPILED));
      }
    }
    return frames;
  }

  /**
   * Returns the frame of an interpreted method, or null when the words are not those of one.
   *
   * @param bytecodePointers where in the bytecodes it may be; the first that is within counts
   */
  public @Nullable Frame interpretedFrame(long method, long... bytecodePointers) {
    MethodInfo info = methods.method(method, methods.round());
    if (info == null) {
      return null;
    }
    int bci = -1;
    for (long pointer : bytecodePointers) {
      long offset = pointer - info.bytecodes();
      if (bci < 0 && offset >= 0 && offset < info.bytecodeBytes()) {
        bci = (int) offset;
      }
    }
    return frame(info, bci, Tier.INTERPRETED);
  }

  private static Frame frame(MethodInfo method, int bci, Tier tier) {
    return new Frame(
        method.className(), method.methodName(), method.fileName(), method.lineOf(bci), tier);
  }
}
