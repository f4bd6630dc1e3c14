package dev.sonde.verifier.witness;

import dev.sonde.verifier.facts.ProgramFacts.Region;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Iterators and dynptrs of a {@link Machine}: what helpers do with the bytes on its stack. */
final class Objects {
  private static final int RING_BYTES = 4096;

  private final Memory memory;
  private final SplittableRandom random;
  private final Map<Long, Long> bits = new HashMap<>(); // by iterator: those not yet seen

  Objects(Memory memory, SplittableRandom random) {
    this.memory = memory;
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
      default -> throw new IllegalStateException(name);
    };
  }

  /** Runs one of the dynptr helpers 198 to 203 and returns r0. */
  long dynptr(int helper, long[] r) {
    return switch (helper) {
      case 198 -> {
        boolean fits = Long.compareUnsigned(r[2] & 0xffffffffL, RING_BYTES / 2) < 0;
        boolean granted = fits && random.nextInt(4) > 0;
        long record =
            granted ? memory.allocateGarbage(Region.RINGBUF_MEM, (int) r[2], random).base : 0;
        memory.store(r[4], 8, record);
        memory.store(r[4] + 8, 8, granted ? r[2] & 0xffffffffL : 0);
        yield granted ? 0 : -22;
      }
      case 199, 200 -> {
        long record = memory.load(r[1], 8);
        if (record != 0) {
          memory.block(record, 0).alive = false;
        }
        memory.store(r[1], 8, 0);
        memory.store(r[1] + 8, 8, 0);
        yield random.nextLong();
      }
      case 202 -> {
        long to = piece(r[1], r[2], r[4]);
        for (int i = 0; to != 0 && i < r[4]; i++) {
          memory.store(to + i, 1, memory.load(r[3] + i, 1));
        }
        yield to == 0 ? -7 : 0;
      }
      case 203 -> piece(r[1], r[2], r[3]);
      default -> throw new IllegalStateException("helper " + helper);
    };
  }

  private long piece(long dynptr, long offset, long sizeBytes) {
    long record = memory.load(dynptr, 8);
    long size = memory.load(dynptr + 8, 4);
    long start = offset & 0xffffffffL;
    return record == 0 || start > size || sizeBytes > size - start ? 0 : record + start;
  }
}
