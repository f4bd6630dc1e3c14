package dev.sonde.probes.hotspot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a compiled method says about itself for deoptimization: at which pc which methods, inlined
 * into each other, are being run. A PcDesc gives the place of a scope in a stream of compressed
 * numbers: the scope of the caller (0: none), the index of the method, the bci.
 *
 * <pre>
 * PcDesc (16 bytes)   i32 pc offset, i32 scope, i32 objects, i32 flags; ascending by pc
 * </pre>
 */
final class DebugInfo {
  private static final int PC_DESC_BYTES = 16;
  private static final int MAX_BYTES = 16 << 20;
  private static final int MAX_SCOPES = 256;

  /** A method and where it is in it, -1 before its first bytecode. */
  record Scope(long method, int bci) {}

  private final int[] pcs;
  private final int[] places; // of scopes in the stream
  private final byte[] stream;
  private final TargetView view;
  private final long metadata; // Method*s, the first with index 1
  private final boolean noZeroBytes;

  private DebugInfo(
      int[] pcs, int[] places, byte[] stream, TargetView view, long metadata, boolean noZeroBytes) {
    this.pcs = pcs;
    this.places = places;
    this.stream = stream;
    this.view = view;
    this.metadata = metadata;
    this.noZeroBytes = noZeroBytes;
  }

  /** Fails where a field that debug information is found by is not there. */
  static void requireFields(VmStructs structs) {
    structs.field("nmethod._scopes_pcs_offset");
    if (structs.has("nmethod._immutable_data")) {
      structs.field("nmethod._scopes_data_offset");
    } else {
      structs.field("CompiledMethod._scopes_data_begin");
      structs.field("nmethod._dependencies_offset");
    }
    structs.field(
        structs.has("CodeBlob._mutable_data")
            ? "CodeBlob._relocation_size"
            : "nmethod._metadata_offset");
  }

  static DebugInfo of(CodeBlob blob, VmStructs structs, TargetView view, boolean noZeroBytes) {
    long nmethod = blob.address();
    long pcDescs;
    long end;
    long streamStart;
    long streamEnd;
    if (structs.has("nmethod._immutable_data")) { // JDK 23 and later
      long data = view.i64(nmethod + structs.offset("nmethod._immutable_data"));
      pcDescs = data + structs.number(nmethod, "nmethod._scopes_pcs_offset");
      end = data + structs.number(nmethod, "nmethod._scopes_data_offset");
      streamStart = end;
      streamEnd = data + structs.number(nmethod, "nmethod._immutable_data_size");
    } else {
      pcDescs = nmethod + structs.number(nmethod, "nmethod._scopes_pcs_offset");
      end = nmethod + structs.number(nmethod, "nmethod._dependencies_offset");
      streamStart = view.i64(nmethod + structs.offset("CompiledMethod._scopes_data_begin"));
      streamEnd = pcDescs;
    }
    int bytes = (int) Math.min(MAX_BYTES, Math.max(0, end - pcDescs));
    int count = bytes / PC_DESC_BYTES;
    byte[] table = view.bytes(pcDescs, count * PC_DESC_BYTES);
    int[] pcs = new int[count];
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      pcs[i] = i32(table, i * PC_DESC_BYTES);
      places[i] = i32(table, i * PC_DESC_BYTES + 4);
    }
    int streamBytes = (int) Math.min(MAX_BYTES, Math.max(0, streamEnd - streamStart));
    byte[] stream = view.bytes(streamStart, streamBytes);
    return new DebugInfo(pcs, places, stream, view, metadata(nmethod, structs, view), noZeroBytes);
  }

  private static long metadata(long nmethod, VmStructs structs, TargetView view) {
    if (structs.has("CodeBlob._mutable_data")) { // JDK 25 and later: behind the relocations
      return view.i64(nmethod + structs.offset("CodeBlob._mutable_data"))
          + (structs.number(nmethod, "CodeBlob._relocation_size") + 7 & ~7);
    }
    int offset = structs.number(nmethod, "nmethod._metadata_offset");
    return structs.field("nmethod._metadata_offset").type().equals("u2")
        ? nmethod + structs.number(nmethod, "CodeBlob._data_offset") + offset
        : nmethod + offset;
  }

  /**
   * Returns the place in the stream of the first description at or behind {@code pcOffset}, which
   * is exact for return addresses; 0 when there is none.
   */
  int placeOf(int pcOffset) {
    int i = Arrays.binarySearch(pcs, pcOffset);
    i = i < 0 ? -i - 1 : i;
    return i < pcs.length ? places[i] : 0;
  }

  /** Returns what runs at {@code pcOffset}, innermost first; empty when nothing is said. */
  List<Scope> scopesAt(int pcOffset) {
    List<Scope> scopes = new ArrayList<>();
    int place = placeOf(pcOffset);
    while (place > 0 && place < stream.length && scopes.size() < MAX_SCOPES) {
      CompressedInts in = new CompressedInts(stream, place, noZeroBytes);
      int caller = in.next();
      int method = in.next();
      int bci = in.next() - 1;
      if (method <= 0) {
        break;
      }
      scopes.add(new Scope(view.i64(metadata + 8L * (method - 1)), bci));
      if (caller >= place) {
        break; // callers are written before what was inlined into them
      }
      place = caller;
    }
    return scopes;
  }

  private static int i32(byte[] bytes, int at) {
    return bytes[at] & 0xff
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }
}
