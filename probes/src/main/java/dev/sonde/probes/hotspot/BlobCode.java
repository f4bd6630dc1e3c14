package dev.sonde.probes.hotspot;

import dev.sonde.probes.hotspot.TargetView.UnreadableException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one blob says about itself: its insns and, when it is a compiled method, its debug
 * information. Each is read as a whole when it is first asked for: a read costs a system call,
 * whatever its size.
 */
final class BlobCode {
  private static final int MAX_INSN_BYTES = 1 << 18; // C2 gives up on methods long before

  final CodeBlob blob;
  private final VmStructs structs;
  private final TargetView view;
  private final boolean noZeroBytes;
  private final int since;
  private byte @Nullable [] insns;
  private @Nullable DebugInfo debugInfo;

  BlobCode(CodeBlob blob, VmStructs structs, TargetView view, boolean noZeroBytes, int since) {
    this.blob = blob;
    this.structs = structs;
    this.view = view;
    this.noZeroBytes = noZeroBytes;
    this.since = since;
  }

  /**
   * Returns the round in which the blob was first met. Its methods live as long as it does, but
   * what was known before may be of methods that were unloaded.
   */
  int since() {
    return since;
  }

  /** Returns up to {@code length} bytes at {@code pc}; null when they cannot be read. */
  byte @Nullable [] insns(long pc, int length) {
    try {
      long size = blob.codeEnd() - blob.codeStart();
      if (size <= 0 || size > MAX_INSN_BYTES) {
        return view.bytes(pc, length);
      }
      byte[] all = insns;
      if (all == null) {
        all = view.bytes(blob.codeStart(), (int) size);
        insns = all;
      }
      int from = (int) (pc - blob.codeStart());
      return Arrays.copyOfRange(all, from, Math.min(all.length, from + length));
    } catch (UnreadableException gone) {
      return null;
    }
  }

  DebugInfo debugInfo() {
    DebugInfo known = debugInfo;
    if (known == null) {
      known = DebugInfo.of(blob, structs, view, noZeroBytes);
      debugInfo = known;
    }
    return known;
  }
}
