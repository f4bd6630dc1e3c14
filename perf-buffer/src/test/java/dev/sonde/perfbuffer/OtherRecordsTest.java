package dev.sonde.perfbuffer;

import static dev.sonde.perfbuffer.PerfLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Records that are no samples, with and without the ids of sample_id_all behind them. */
class OtherRecordsTest {
  private static final PerfFormat FORMAT =
      PerfFormat.of(SAMPLE_TID | SAMPLE_TIME | SAMPLE_CPU | SAMPLE_IDENTIFIER);

  private final ByteBuffer meta = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());
  private final ByteBuffer data = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());
  private PerfRingReader reader = new PerfRingReader(meta, data, FORMAT);

  private PerfRecord read(int type, int misc, ByteBuffer body) {
    int at = (int) meta.getLong(DATA_HEAD) & 4095;
    int size = 8 + body.position() + 32;
    data.putInt(at, type).putShort(at + 4, (short) misc).putShort(at + 6, (short) size);
    data.put(at + 8, body, 0, body.position());
    int ids = at + 8 + body.position();
    data.putInt(ids, 71).putInt(ids + 4, 72).putLong(ids + 8, 73);
    data.putInt(ids + 16, 74).putInt(ids + 20, 0).putLong(ids + 24, 75);
    meta.putLong(DATA_HEAD, meta.getLong(DATA_HEAD) + size);
    assertTrue(reader.isReady());
    assertTrue(reader.next());
    reader.advance();
    reader.release();
    PerfRecord r = reader.record();
    assertEquals(type, r.type());
    assertEquals(71, r.pid());
    assertEquals(72, r.tid());
    assertEquals(73, r.timeNanos());
    assertEquals(74, r.cpuIndex());
    assertEquals(75, r.identifier());
    return r;
  }

  private static ByteBuffer body() {
    return ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
  }

  private static ByteBuffer text(ByteBuffer body, String text, int roomBytes) {
    body.put(text.getBytes(StandardCharsets.UTF_8));
    return body.position(body.position() + roomBytes - text.length());
  }

  @Test
  void mmap2HasItsFileProtectionAndInodeOrBuildId() {
    ByteBuffer body = body().putInt(1).putInt(2).putLong(0x1000).putLong(0x2000).putLong(0x3000);
    body.putInt(8).putInt(1).putLong(4711).putLong(0).putInt(5).putInt(2);
    PerfRecord r = read(MMAP2, 2, text(body, "/lib/libjvm.so", 16));
    assertEquals("/lib/libjvm.so", r.mapFile());
    assertEquals(0x1000, r.mapAddress());
    assertEquals(0x2000, r.mapSizeBytes());
    assertEquals(0x3000, r.mapFileOffset());
    assertEquals(4711, r.mapInode());
    assertEquals(5, r.mapProtection());
    assertEquals(2, r.mapFlags());
    assertEquals("", r.mapBuildId());
    body.put(32, (byte) 4).put(36, new byte[] {1, 2, (byte) 0xab, 4});
    r = read(MMAP2, MISC_MMAP_BUILD_ID, body);
    assertEquals("0102ab04", r.mapBuildId());
    assertEquals(0, r.mapInode());
  }

  @Test
  void commForkAndExitNameTheirThreads() {
    PerfRecord r = read(COMM, MISC_COMM_EXEC, text(body().putInt(1).putInt(2), "java", 8));
    assertEquals("java", r.comm());
    assertTrue(r.isExec());
    r = read(FORK, 0, body().putInt(5).putInt(6).putInt(7).putInt(8).putLong(9));
    assertEquals(5, r.bodyInt(0));
    assertEquals(8, r.bodyInt(3));
    r = read(EXIT, 0, body().putInt(5).putInt(6).putInt(7).putInt(8).putLong(9));
    assertEquals(9, r.bodyLong(2));
  }

  @Test
  void switchThrottleAndAuxPassBy() {
    assertTrue(read(SWITCH, MISC_SWITCH_OUT, body()).isSwitchOut());
    assertFalse(read(SWITCH_CPU_WIDE, 0, body().putInt(1).putInt(2)).isSwitchOut());
    assertEquals(3, read(THROTTLE, 0, body().putLong(3).putLong(4).putLong(5)).bodyLong(0));
    read(UNTHROTTLE, 0, body().putLong(3).putLong(4).putLong(5));
    read(AUX, 0, body().putLong(1).putLong(2).putLong(3));
    read(ITRACE_START, 0, body().putInt(1).putInt(2));
    read(99, 0, body()); // a type of a later kernel
    assertEquals(0, reader.lost());
    assertEquals(7, reader.records());
  }

  @Test
  void lossesAreAddedUp() {
    read(LOST, 0, body().putLong(1).putLong(40));
    PerfRecord r = read(LOST_SAMPLES, 0, body().putLong(2));
    assertEquals(2, r.lostCount());
    assertEquals(42, reader.lost());
  }

  @Test
  void withoutSampleIdAllThereAreNoIds() {
    reader = new PerfRingReader(meta, data, new PerfFormat(SAMPLE_TIME, false, 0, 0, 0, 0));
    data.putLong(0, SWITCH | 8L << 48);
    meta.putLong(DATA_HEAD, 8);
    assertTrue(reader.next());
    assertEquals(0, reader.record().timeNanos());
    assertEquals(0, reader.record().pid());
  }

  @Test
  void aKernelMappingSaysWhereItsDataAre() {
    ByteBuffer mapping = ByteBuffer.allocateDirect(3 * 4096).order(ByteOrder.nativeOrder());
    mapping.putLong(DATA_OFFSET, 4096).putLong(DATA_SIZE, 8192);
    mapping.putLong(4096, SWITCH | 8L << 48);
    mapping.putLong(DATA_HEAD, 8);
    PerfRingReader kernel = PerfRingReader.ofKernelMapping(mapping, FORMAT);
    assertEquals(1, kernel.poll(r -> assertEquals(SWITCH, r.type()), 10));
    assertEquals(8, mapping.getLong(DATA_TAIL));
  }
}
