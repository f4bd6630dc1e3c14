package dev.sonde.verifier.witness;

import dev.sonde.verifier.facts.ProgramFacts.Region;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Iterators and dynptrs of a {@link Machine}: what helpers do with the bytes on its stack. */
final class Objects {
  private static final int RING_BYTES = 4096;

  private final Memory memory;
  private final @Nullable Packet packet;
  private final long context;
  private final SplittableRandom random;
  private final Set<Long> readOnly = new HashSet<>(); // memory that dynptrs may not write
  private final Map<Long, Long> bits = new HashMap<>(); // by iterator: those not yet seen

  /**
   * @param packet what a dynptr of the context is of, null where there is none
   */
  Objects(Memory memory, @Nullable Packet packet, long context, SplittableRandom random) {
    this.memory = memory;
    this.packet = packet;
    this.context = context;
    this.random = random;
  }

  /** Runs a kfunc by its name and returns r0. */
  long kfunc(String name, long[] r) {
    return switch (name) {
      case "bpf_iter_num_new" -> {
        memory.store(r[1], 4, (int) r[2] - 1L);
        memory.store(r[1] + 4, 4, (int) r[3]);
        yield 0;
      }
      case "bpf_iter_num_next" -> {
        long current = (int) memory.load(r[1], 4) + 1L;
        boolean more = (int) current < (int) memory.load(r[1] + 4, 4);
        memory.store(r[1], 4, current);
        yield more ? r[1] : 0;
      }
      case "bpf_iter_bits_new" -> {
        bits.put(r[1], memory.holds(r[2], 8) ? memory.load(r[2], 8) : 0); // __ign
        memory.store(r[1] + 8, 8, 0);
        yield 0;
      }
      case "bpf_iter_bits_next" -> {
        long left = bits.getOrDefault(r[1], 0L);
        bits.put(r[1], left & (left - 1));
        memory.store(r[1], 4, Long.numberOfTrailingZeros(left));
        yield left != 0 ? r[1] : 0;
      }
      case "bpf_iter_bits_destroy" -> random.nextLong();
      case "bpf_iter_num_destroy" -> random.nextLong();
      case "bpf_dynptr_from_skb", "bpf_dynptr_from_xdp" -> {
        Packet of = java.util.Objects.requireNonNull(packet);
        set(r[3], context, of.end() - of.data(), 0);
        yield 0;
      }
      case "bpf_dynptr_slice", "bpf_dynptr_slice_rdwr" -> piece(r[1], r[2], r[4]);
      case "bpf_dynptr_size" -> memory.load(r[1] + 8, 4);
      case "bpf_dynptr_adjust" -> adjust(r[1], r[2] & 0xffffffffL, r[3] & 0xffffffffL);
      case "bpf_dynptr_clone" -> {
        set(r[2], memory.load(r[1], 8), memory.load(r[1] + 8, 4), memory.load(r[1] + 12, 4));
        yield 0;
      }
      default -> throw new IllegalStateException(name);
    };
  }

  private void set(long dynptr, long address, long sizeBytes, long offset) {
    memory.store(dynptr, 8, address);
    memory.store(dynptr + 8, 4, sizeBytes);
    memory.store(dynptr + 12, 4, offset);
  }

  private long adjust(long dynptr, long from, long to) {
    long size = memory.load(dynptr + 8, 4);
    if (memory.load(dynptr, 8) == 0 || from > to || to > size) {
      return -22;
    }
    set(dynptr, memory.load(dynptr, 8), to - from, memory.load(dynptr + 12, 4) + from);
    return 0;
  }

  /** Returns the dynptr of a record that user space has written. */
  long drained() {
    Memory.Block record =
        memory.allocateGarbage(
            Region.MEM, 8 * random.nextInt(1, 4), random); // lives on in the ring
    readOnly.add(record.base);
    long dynptr = memory.allocate(Region.MEM, 16).base;
    set(dynptr, record.base, record.sizeBytes(), 0);
    return dynptr;
  }

  /** Runs one of the dynptr helpers 198 to 203 and returns r0. */
  long dynptr(int helper, long[] r) {
    return switch (helper) {
      case 198 -> {
        boolean fits = Long.compareUnsigned(r[2] & 0xffffffffL, RING_BYTES / 2) < 0;
        boolean granted = fits && random.nextInt(4) > 0;
        long record =
            granted ? memory.allocateGarbage(Region.RINGBUF_MEM, (int) r[2], random).base : 0;
        set(r[4], record, granted ? r[2] & 0xffffffffL : 0, 0);
        yield granted ? 0 : -22;
      }
      case 199, 200 -> {
        long record = memory.load(r[1], 8);
        if (record != 0) {
          memory.block(record, 0).alive = false;
        }
        set(r[1], 0, 0, 0);
        yield random.nextLong();
      }
      case 197 -> {
        set(r[4], r[1], r[2], 0);
        yield 0;
      }
      case 201 -> {
        memory.fill(r[1], (int) r[2], random);
        yield piece(r[3], r[4], r[2]) == 0 ? -7 : 0;
      }
      case 202 -> {
        long to = isReadOnly(r[1]) ? 0 : piece(r[1], r[2], r[4]);
        for (int i = 0; to != 0 && i < r[4]; i++) {
          memory.store(to + i, 1, memory.load(r[3] + i, 1));
        }
        if (packet != null && memory.load(r[1], 8) == context) {
          packet.change();
        }
        yield to == 0 ? -7 : 0;
      }
      case 203 -> isReadOnly(r[1]) || memory.load(r[1], 8) == context ? 0 : piece(r[1], r[2], r[3]);
      default -> throw new IllegalStateException("helper " + helper);
    };
  }

  private boolean isReadOnly(long dynptr) {
    return readOnly.contains(memory.load(dynptr, 8));
  }

  private long piece(long dynptr, long offset, long sizeBytes) {
    long record = memory.load(dynptr, 8);
    long size = memory.load(dynptr + 8, 4);
    long start = offset & 0xffffffffL;
    if (record == 0 || start > size || sizeBytes > size - start) {
      return 0;
    }
    start += memory.load(dynptr + 12, 4);
    if (packet == null || record != context) {
      return record + start;
    }
    boolean there = packet.data() + start + sizeBytes <= packet.end(); // it may be shorter by now
    return there ? packet.data() + start : 0;
  }
}
