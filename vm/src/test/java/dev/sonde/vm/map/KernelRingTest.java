package dev.sonde.vm.map;

import static dev.sonde.vm.map.KernelPrograms.insn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.ringbuf.BufferRingMemory;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.ringbuf.RingSignal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the kernel writes and computes, read and recomputed by us. */
class KernelRingTest {
  private static final int RING_BYTES = 1 << 16;

  @BeforeAll
  static void bpfIsPermitted() {
    assumeTrue(KernelMaps.isPermitted(), "bpf(2) is not permitted here");
  }

  @Test
  void theSameReaderReadsAKernelRing() {
    int ring = KernelMaps.create(MapSpec.of("r", MapType.RINGBUF, 0, 0, RING_BYTES), 0);
    int program =
        KernelPrograms.load(
            KernelPrograms.SOCKET_FILTER,
            insn(0x85, 0, 0, 0, 5), // r0 = bpf_ktime_get_ns()
            insn(0x7b, 10, 0, -8, 0), // *(u64 *)(r10 - 8) = r0
            insn(0x7b, 10, 0, -16, 0),
            insn(0x7b, 10, 0, -24, 0),
            insn(0x18, 1, 1, 0, ring), // r1 = ring
            0,
            insn(0xbf, 2, 10, 0, 0), // r2 = r10 - 24
            insn(0x07, 2, 0, 0, -24),
            insn(0xb7, 3, 0, 0, 20), // r3 = 20 bytes
            insn(0xb7, 4, 0, 0, 0),
            insn(0x85, 0, 0, 0, 130), // bpf_ringbuf_output(r1, r2, r3, r4)
            insn(0xb7, 0, 0, 0, 0),
            insn(0x95, 0, 0, 0, 0));
    assertTrue(program >= 0, () -> "load answered " + program);
    BufferRingMemory memory =
        new BufferRingMemory(
            KernelPrograms.map(ring, 0, 4096, true),
            KernelPrograms.map(ring, 4096, 4096, false),
            KernelPrograms.map(ring, 8192, 2L * RING_BYTES, false),
            RING_BYTES);
    RingReader reader = new RingReader(memory, RingSignal.foreign());
    long[] last = {0};
    for (int round = 0; round < 20; round++) { // goes round the ring about ten times
      KernelPrograms.run(program, 1000);
      int read =
          reader.poll(
              (data, offset, length) -> {
                assertEquals(20, length);
                assertEquals(data.getLong(offset), data.getLong(offset + 8));
                assertTrue(data.getLong(offset) >= last[0], "time runs backwards");
                last[0] = data.getLong(offset);
              },
              Integer.MAX_VALUE);
      assertEquals(1000, read);
    }
    assertEquals(20_000, reader.consumed());
    KernelMaps.close(program);
    KernelMaps.close(ring);
  }

  @Test
  void stacksGetTheKernelsIds() {
    MapSpec spec = MapSpec.of("s", MapType.STACK_TRACE, 4, 127 * 8, 1000);
    int stacks = KernelMaps.create(spec, 0);
    int program =
        KernelPrograms.load(
            KernelPrograms.RAW_TRACEPOINT,
            insn(0x18, 2, 1, 0, stacks),
            0,
            insn(0xb7, 3, 0, 0, 0),
            insn(0x85, 0, 0, 0, 27), // bpf_get_stackid(ctx, stacks, 0)
            insn(0x95, 0, 0, 0, 0));
    assumeTrue(program >= 0, () -> "raw tracepoint programs cannot be loaded: " + program);
    int id = KernelPrograms.run(program, 0);
    assertTrue(id >= 0, () -> "stack id " + id);
    byte[] key = InnerMaps.bytes(id);
    ByteBuffer value =
        ByteBuffer.wrap(KernelMaps.element(1, stacks, key, new byte[127 * 8], 0).bytes())
            .order(ByteOrder.nativeOrder());
    long[] frames = new long[127];
    int count = 0;
    while (count < 127 && value.getLong(count * 8) != 0) {
      frames[count] = value.getLong(count * 8);
      count++;
    }
    try (StackMap map = (StackMap) Maps.create(spec)) {
      assertEquals(id, map.stackId(frames, count, 0));
    }
    KernelMaps.close(program);
    KernelMaps.close(stacks);
  }
}
