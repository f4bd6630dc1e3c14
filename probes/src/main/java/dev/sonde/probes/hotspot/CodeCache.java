package dev.sonde.probes.hotspot;

import dev.sonde.probes.hotspot.TargetView.UnreadableException;
import dev.sonde.probes.unwind.PcCache;
import java.util.ArrayList;
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

  private record Heap(long low, long high, long segments, int segmentShift) {}

  private record Known(CodeBlob blob, int round) {}

  private final VmStructs structs;
  private final TargetView view;
  private final long low;
  private final TreeMap<Long, Known> known = new TreeMap<>(); // by first insn
  private final PcCache<Known> recent = new PcCache<>();
  private final Map<Long, String> names = new HashMap<>();
  private List<Heap> heaps = List.of();
  private long high;
  private int round;

  CodeCache(VmStructs structs, TargetView view) {
    this.structs = structs;
    this.view = view;
    this.low = structs.staticPointer("CodeCache._low_bound");
    newRound();
  }

  /** Looks again, once for each, whether the compiled methods that are met are still the same. */
  void newRound() {
    round++;
    try {
      high = structs.staticPointer("CodeCache._high_bound");
      heaps = readHeaps();
    } catch (UnreadableException gone) {
      // what was known stays: the process may have ended before its samples were read
    }
  }

  /** Returns the blob whose insns hold {@code pc}, or null. */
  @Nullable CodeBlob find(long pc) {
    if (pc < low || pc >= high) {
      return null;
    }
    Known latest = recent.get(pc);
    if (latest != null && latest.round == round) {
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
    if (candidate != null && candidate.round == round) {
      return candidate;
    }
    try {
      CodeBlob read = candidate == null ? read(pc) : again(candidate.blob, pc);
      if (read == null || !read.holds(pc)) {
        return null;
      }
      CodeBlob blob = candidate != null && candidate.blob.equals(read) ? candidate.blob : read;
      Known now = new Known(blob, round);
      known.put(blob.codeStart(), now);
      return now;
    } catch (UnreadableException gone) {
      return candidate;
    }
  }

  /** Reads what is where a known blob was; where its header is no longer one, the heap knows. */
  private @Nullable CodeBlob again(CodeBlob blob, long pc) {
    CodeBlob read = blob(blob.address());
    return read.equals(blob) ? blob : read(pc);
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
    long nameAddress = view.i64(address + structs.offset("CodeBlob._name"));
    String name = names.computeIfAbsent(nameAddress, view::text);
    CodeBlob.Kind kind = CodeBlob.kindOf(name);
    boolean offsets = structs.has("CodeBlob._code_offset"); // JDK 22 and later
    long codeStart =
        offsets
            ? address + structs.number(address, "CodeBlob._code_offset")
            : view.i64(address + structs.offset("CodeBlob._code_begin"));
    long codeEnd =
        offsets
            ? address + structs.number(address, "CodeBlob._data_offset")
            : view.i64(address + structs.offset("CodeBlob._code_end"));
    int complete = structs.number(address, "CodeBlob._frame_complete_offset");
    boolean compiled = kind == CodeBlob.Kind.COMPILED;
    String methodField = structs.has("nmethod._method") ? "nmethod" : "CompiledMethod";
    return new CodeBlob(
        address,
        kind,
        name,
        codeStart,
        codeEnd,
        Math.max(0, structs.number(address, "CodeBlob._frame_size")) * 8,
        complete == NEVER_COMPLETE ? Long.MAX_VALUE : codeStart + complete,
        compiled ? view.i64(address + structs.offset(methodField + "._method")) : 0,
        compiled ? structs.number(address, "nmethod._compile_id") : 0);
  }
}
