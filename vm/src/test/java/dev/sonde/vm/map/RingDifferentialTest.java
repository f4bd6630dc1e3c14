package dev.sonde.vm.map;

import static dev.sonde.vm.map.KernelPrograms.insn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.ringbuf.BufferRingMemory;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.ringbuf.RingSignal;
import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The same output, reserve, discard and query on a kernel ring and on ours. Until a ring has been
 * filled once, every answer and position is the same; after that only records are compared, because
 * ours pads the end of the ring where the kernel maps it twice.
 */
class RingDifferentialTest {
  private static final int OPERATIONS = 100_000;
  private static final int RING_BYTES = 4096;
  private static final int RINGS = 250;

  @BeforeAll
  static void bpfIsPermitted() {
    assumeTrue(KernelMaps.isPermitted(), "bpf(2) is not permitted here");
  }

  /** The packet's words from byte 14 on: operation, size or query, payload. */
  private static int program(int ring) {
    return KernelPrograms.load(
        KernelPrograms.SOCKET_FILTER,
        insn(0xbf, 6, 1, 0, 0),
        insn(0x20, 0, 0, 0, 8), // r0 = ntohl(word 2): the payload
        insn(0x7b, 10, 0, -8, 0),
        insn(0x7b, 10, 0, -16, 0),
        insn(0x7b, 10, 0, -24, 0),
        insn(0x7b, 10, 0, -32, 0),
        insn(0x7b, 10, 0, -40, 0),
        insn(0x20, 0, 0, 0, 4), // r8 = the size or the query
        insn(0xbf, 8, 0, 0, 0),
        insn(0x20, 0, 0, 0, 0), // r7 = the operation
        insn(0xbf, 7, 0, 0, 0),
        insn(0x18, 9, 1, 0, ring),
        0,
        insn(0x55, 7, 0, 9, 0), // 0: output r8 bytes
        insn(0xbf, 1, 9, 0, 0),
        insn(0xbf, 2, 10, 0, 0),
        insn(0x07, 2, 0, 0, -40),
        insn(0x57, 8, 0, 0, 31),
        insn(0xbf, 3, 8, 0, 0),
        insn(0x07, 3, 0, 0, 1),
        insn(0xb7, 4, 0, 0, 0),
        insn(0x85, 0, 0, 0, 130),
        insn(0x95, 0, 0, 0, 0),
        insn(0x55, 7, 0, 15, 1), // 1: reserve 24 bytes, fill, submit
        insn(0xbf, 1, 9, 0, 0),
        insn(0xb7, 2, 0, 0, 24),
        insn(0xb7, 3, 0, 0, 0),
        insn(0x85, 0, 0, 0, 131),
        insn(0x55, 0, 0, 2, 0),
        insn(0xb7, 0, 0, 0, -1),
        insn(0x95, 0, 0, 0, 0),
        insn(0x79, 1, 10, -8, 0),
        insn(0x7b, 0, 1, 0, 0),
        insn(0x7b, 0, 1, 8, 0),
        insn(0x7b, 0, 1, 16, 0),
        insn(0xbf, 1, 0, 0, 0),
        insn(0xb7, 2, 0, 0, 0),
        insn(0x85, 0, 0, 0, 132),
        insn(0x05, 0, 0, 9, 0), // to r0 = 0
        insn(0x55, 7, 0, 10, 2), // 2: reserve 40 bytes, discard
        insn(0xbf, 1, 9, 0, 0),
        insn(0xb7, 2, 0, 0, 40),
        insn(0xb7, 3, 0, 0, 0),
        insn(0x85, 0, 0, 0, 131),
        insn(0x15, 0, 0, 4, 0),
        insn(0xbf, 1, 0, 0, 0),
        insn(0xb7, 2, 0, 0, 0),
        insn(0x85, 0, 0, 0, 133),
        insn(0xb7, 0, 0, 0, 0),
        insn(0x95, 0, 0, 0, 0),
        insn(0xbf, 1, 9, 0, 0), // 3: query
        insn(0xbf, 2, 8, 0, 0),
        insn(0x85, 0, 0, 0, 134),
        insn(0x95, 0, 0, 0, 0));
  }

  @Test
  void ringsAnswerAsTheKernels() {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < RINGS; i++) {
      compare(random, OPERATIONS / RINGS, "seed %d, ring %d".formatted(seed, i));
    }
  }

  private static void compare(Random random, int operations, String where) {
    MapSpec spec = MapSpec.of("r", MapType.RINGBUF, 0, 0, RING_BYTES);
    int ring = KernelMaps.create(spec, 0);
    int program = program(ring);
    assertTrue(program >= 0, () -> "load answered " + program);
    BufferRingMemory memory =
        new BufferRingMemory(
            KernelPrograms.map(ring, 0, 4096, true),
            KernelPrograms.map(ring, 4096, 4096, false),
            KernelPrograms.map(ring, 8192, 2L * RING_BYTES, false),
            RING_BYTES);
    RingReader kernelReader = new RingReader(memory, RingSignal.foreign());
    try (RingbufMap map = (RingbufMap) Maps.create(spec)) {
      boolean firstLap = true;
      for (int i = 0; i < operations; i++) {
        int operation = firstLap ? random.nextInt(4) : random.nextInt(3);
        int size = operation == 3 ? random.nextInt(4) : random.nextInt(32);
        int payload = random.nextInt();
        int want = KernelPrograms.runOn(program, operation, size, payload);
        int got = ours(map, operation, size, payload);
        String step = "%s, step %d: operation %d size %d".formatted(where, i, operation, size);
        assertEquals(want, got, step);
        boolean drain = !firstLap && i % 20 == 0 || i > 3 * operations / 4 && firstLap;
        if (drain) {
          firstLap = false;
          assertEquals(records(kernelReader), records(map.reader()), step);
        }
      }
      assertEquals(records(kernelReader), records(map.reader()), where);
    } finally {
      KernelMaps.close(program);
      KernelMaps.close(ring);
    }
  }

  private static List<String> records(RingReader reader) {
    List<String> records = new ArrayList<>();
    reader.poll(
        (data, offset, length) -> {
          StringBuilder text = new StringBuilder();
          for (int i = 0; i < length; i++) {
            text.append("%02x".formatted(data.get(offset + i)));
          }
          records.add(text.toString());
        },
        Integer.MAX_VALUE);
    return records;
  }

  private static int ours(RingbufMap map, int operation, int size, int payload) {
    long data = RawMemory.allocateZeroed(40);
    try {
      for (int i = 0; i < 40; i += 8) {
        RawMemory.putLong(data + i, payload & 0xffffffffL);
      }
      switch (operation) {
        case 0 -> {
          return map.output(data, size + 1L, 0);
        }
        case 1 -> {
          long record = map.reserve(24);
          if (record == 0) {
            return -1;
          }
          RawMemory.copy(data, record, 24);
          map.submit(record, 0);
          return 0;
        }
        case 2 -> {
          long record = map.reserve(40);
          if (record != 0) {
            map.discard(record, 0);
          }
          return 0;
        }
        default -> {
          return (int) map.query(size);
        }
      }
    } finally {
      RawMemory.free(data);
    }
  }
}
