package dev.sonde.probes.hotspot;

import dev.sonde.probes.hotspot.TargetView.UnreadableException;
import dev.sonde.probes.unwind.PcCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The code cache of a running JVM. A heap is cut into segments; a byte a segment tells how far back
 * its block begins (0: here, 0xff: free). Blobs come and go, so that what is known of a compiled
 * method holds for one round only, see {@link #newRound}.
 */
final class CodeCache {
  private static final int FREE_SEGMENT = 0xff;
  private static final int MAX_HOPS = 1 << 20;
  private static final int NEVER_COMPLETE = -1;
  private static final int MAX_READ_AHEAD = 64;

  private record Heap(long low, long high, long segments, int segmentShift) {}

  /** A blob, and the round in which it was last seen to be there. */
  private static final class Known {
    final CodeBlob blob;
    int round;

    Known(CodeBlob blob, int round) {
      this.blob = blob;
      this.round = round;
    }
  }

  private final VmStructs structs;
  private final TargetView view;
  private final BlobLayout layout;
  private final long low;
  private final TreeMap<Long, Known> known = new TreeMap<>(); // by first insn
  private final PcCache<Known> recent = new PcCache<>();
  private final Map<Long, String> names = new HashMap<>();
  private List<Heap> heaps = List.of();
  private long high;
  private final long[] met = new long[MAX_READ_AHEAD]; // blobs of this round
  private int metCount;
  private int round;

  CodeCache(VmStructs structs, TargetView view) {
    this.structs = structs;
    this.view = view;
    this.layout = BlobLayout.of(structs);
    this.low = structs.staticPointer("CodeCache._low_bound");
    newRound();
  }

  /** Looks again, once for each, whether the compiled methods that are met are still the same. */
  void newRound() {
    round++;
    view.readAhead(Arrays.copyOf(met, metCount)); // they will most likely be met again
    metCount = 0;
    try {
      high = structs.staticPointer("CodeCache._high_bound");
      heaps = readHeaps();
    } catch (UnreadableException gone) {
      // what was known stays: the process may have ended before its samples were read
    }
  }

  /** Tells whether {@code pc} lies where the JVM keeps code. */
  boolean covers(long pc) {
    return pc >= low && pc < high;
  }

  /** Returns the blob whose insns hold {@code pc}, or null. */
  @Nullable CodeBlob find(long pc) {
    if (!covers(pc)) {
      return null;
    }
    Known latest = recent.get(pc);
    if (latest != null && (latest.round == round || isStill(latest))) {
      return latest.blob;
    }
    Known found = search(pc);
    if (found == null) {
      return null;
    }
    recent.put(pc, found);
    return found.blob;
  }

  private @Nullable Known search(long pc) {
    Map.Entry<Long, Known> entry = known.floorEntry(pc);
    Known candidate = entry != null && entry.getValue().blob.holds(pc) ? entry.getValue() : null;
    if (candidate != null && (candidate.round == round || isStill(candidate))) {
      return candidate;
    }
    try {
      CodeBlob read = read(pc);
      if (read == null || !read.holds(pc)) {
        return null;
      }
      Known now = new Known(read, round);
      known.put(read.codeStart(), now);
      meet(read);
      return now;
    } catch (UnreadableException gone) {
      return candidate;
    }
  }

  /** Looks, once a round, whether a blob is still where it was. */
  private boolean isStill(Known candidate) {
    try {
      boolean still = isSame(blob(candidate.blob.address()), candidate.blob);
      if (still) {
        candidate.round = round;
        meet(candidate.blob);
      }
      return still;
    } catch (UnreadableException gone) {
      return false;
    }
  }

  private void meet(CodeBlob blob) {
    if (metCount < met.length) {
      met[metCount++] = blob.address();
    }
  }

  /**
   * Compared by hand: a record's own comparison is linked at its first call, and slow till then.
   */
  private static boolean isSame(CodeBlob a, CodeBlob b) {
    return a.codeStart() == b.codeStart()
        && a.codeEnd() == b.codeEnd()
        && a.frameBytes() == b.frameBytes()
        && a.frameComplete() == b.frameComplete()
        && a.method() == b.method()
        && a.compileId() == b.compileId()
        && a.name().equals(b.name());
  }

  private List<Heap> readHeaps() {
    long list = structs.staticPointer("CodeCache._heaps");
    int count = Math.min(16, view.i32(list + structs.offset("GrowableArrayBase._len")));
    long data = view.i64(list + structs.offset("GrowableArray<int>._data"));
    int memory = structs.offset("CodeHeap._memory");
    int segmentMap = structs.offset("CodeHeap._segmap");
    int lowOffset = structs.offset("VirtualSpace._low");
    int highOffset = structs.offset("VirtualSpace._high");
    List<Heap> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long heap = view.i64(data + 8L * i);
      all.add(
          new Heap(
              view.i64(heap + memory + lowOffset),
              view.i64(heap + memory + highOffset),
              view.i64(heap + segmentMap + lowOffset),
              view.i32(heap + structs.offset("CodeHeap._log2_segment_size")) & 31));
    }
    return all;
  }

  private @Nullable CodeBlob read(long pc) {
    for (Heap heap : heaps) {
      if (pc >= heap.low && pc < heap.high) {
        long block = block(heap, pc);
        return block == 0 ? null : blob(block + structs.size("HeapBlock"));
      }
    }
    return null;
  }

  private long block(Heap heap, long pc) {
    long segment = pc - heap.low >>> heap.segmentShift;
    for (int hops = 0; hops < MAX_HOPS; hops++) {
      int back = view.u8(heap.segments + segment);
      if (back == 0) {
        long block = heap.low + (segment << heap.segmentShift);
        boolean used = view.u8(block + structs.offset("HeapBlock::Header._used")) != 0;
        return used ? block : 0;
      }
      if (back == FREE_SEGMENT || back > segment) {
        return 0;
      }
      segment -= back;
    }
    return 0;
  }

  private CodeBlob blob(long address) {
    long nameAddress = view.i64(address + layout.name());
    String name = names.computeIfAbsent(nameAddress, view::text);
    CodeBlob.Kind kind = CodeBlob.kindOf(name);
    int complete = structs.number(address, layout.frameComplete());
    long codeStart = insnAddress(address, layout.codeStart());
    boolean compiled = kind == CodeBlob.Kind.COMPILED;
    return new CodeBlob(
        address,
        kind,
        name,
        codeStart,
        insnAddress(address, layout.codeEnd()),
        Math.max(0, structs.number(address, layout.frameSize())) * 8,
        complete == NEVER_COMPLETE ? Long.MAX_VALUE : codeStart + complete,
        compiled ? view.i64(address + layout.method()) : 0,
        compiled ? structs.number(address, layout.compileId()) : 0);
  }

  private long insnAddress(long blob, VmStructs.Field field) {
    return layout.hasOffsets()
        ? blob + structs.number(blob, field)
        : view.i64(blob + field.offset());
  }
}
