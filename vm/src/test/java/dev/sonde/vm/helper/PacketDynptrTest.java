package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.vm.context.PacketContext;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Dynptrs of packets, as kernel/bpf/helpers.c and net/core/filter.c of Linux 6.18 have them. */
class PacketDynptrTest {
  private static final int PACKET_BYTES = 60;
  private final long context = RawMemory.allocateZeroed(PacketContext.SKB.sizeBytes());
  private final long packet = RawMemory.allocateZeroed(PACKET_BYTES);
  private final long scratch = RawMemory.allocateZeroed(128);
  private final long dynptr = scratch;
  private final long clone = scratch + 16;
  private final long buffer = scratch + 32;

  @BeforeEach
  void fillPacket() {
    for (int i = 0; i < PACKET_BYTES; i++) {
      RawMemory.putByte(packet + i, (byte) i);
    }
    PacketContext.SKB.setData(context, packet);
    PacketContext.SKB.setDataEnd(context, packet + PACKET_BYTES);
    PacketContext.SKB.setBuffer(context, packet, packet + PACKET_BYTES);
    assertEquals(0, DynptrHelpers.dynptrFromSkb(context, 0, dynptr));
  }

  @AfterEach
  void free() {
    RawMemory.free(context);
    RawMemory.free(packet);
    RawMemory.free(scratch);
  }

  @Test
  void itHasThePacketsSizeAndBytes() {
    assertEquals(PACKET_BYTES, DynptrHelpers.dynptrSize(dynptr));
    assertEquals(0, DynptrHelpers.dynptrIsNull(dynptr));
    assertEquals(0, DynptrHelpers.dynptrIsRdonly(dynptr));
    assertEquals(0, DynptrHelpers.dynptrRead(buffer, 3, dynptr, 10, 0));
    assertArrayEquals(new byte[] {10, 11, 12}, RawMemory.read(buffer, 3));
    assertEquals(-Errno.E2BIG, DynptrHelpers.dynptrRead(buffer, 3, dynptr, 58, 0));
    assertEquals(-Errno.EINVAL, DynptrHelpers.dynptrRead(buffer, 3, dynptr, 0, 1));
    assertEquals(0, DynptrHelpers.dynptrData(dynptr, 0, 4), "data is of plain memory only");
  }

  @Test
  void aWriteReachesThePacket() {
    RawMemory.putInt(buffer, 0x01020304);
    assertEquals(0, DynptrHelpers.dynptrWrite(dynptr, 20, buffer, 4, 0));
    assertEquals(0x01020304, RawMemory.getInt(packet + 20));
    assertEquals(-Errno.EINVAL, DynptrHelpers.dynptrWrite(dynptr, 20, buffer, 4, 8));
    assertEquals(-Errno.E2BIG, DynptrHelpers.dynptrWrite(dynptr, 57, buffer, 4, 0));
  }

  @Test
  void aSocketFilterMayOnlyRead() {
    PacketContext.SKB.setReadOnly(context);
    assertEquals(0, DynptrHelpers.dynptrFromSkb(context, 0, dynptr));
    assertEquals(1, DynptrHelpers.dynptrIsRdonly(dynptr));
    assertEquals(-Errno.EINVAL, DynptrHelpers.dynptrWrite(dynptr, 0, buffer, 4, 0));
    assertEquals(0, DynptrHelpers.dynptrSliceRdwr(dynptr, 0, buffer, 4));
    assertEquals(packet + 8, DynptrHelpers.dynptrSlice(dynptr, 8, buffer, 4));
  }

  @Test
  void anAdjustedClonesSlicesBeginWhereItBegins() {
    assertEquals(0, DynptrHelpers.dynptrClone(dynptr, clone));
    assertEquals(0, DynptrHelpers.dynptrAdjust(clone, 14, 34));
    assertEquals(20, DynptrHelpers.dynptrSize(clone));
    assertEquals(PACKET_BYTES, DynptrHelpers.dynptrSize(dynptr));
    assertEquals(packet + 16, DynptrHelpers.dynptrSlice(clone, 2, buffer, 4));
    assertEquals(0, DynptrHelpers.dynptrSlice(clone, 18, buffer, 4));
    assertEquals(0, DynptrHelpers.dynptrAdjust(clone, 1, 5));
    assertEquals(packet + 15, DynptrHelpers.dynptrSliceRdwr(clone, 0, buffer, 4));
    assertEquals(-Errno.ERANGE, DynptrHelpers.dynptrAdjust(clone, 0, 5));
    assertEquals(-Errno.EINVAL, DynptrHelpers.dynptrAdjust(clone, 3, 2));
  }

  @Test
  void ofAPacketThatBecameShorterNothingIsGiven() {
    PacketContext.SKB.setDataEnd(context, packet + 30);
    assertEquals(0, DynptrHelpers.dynptrSlice(dynptr, 28, buffer, 4));
    assertEquals(-Errno.EFAULT, DynptrHelpers.dynptrRead(buffer, 4, dynptr, 28, 0));
    assertEquals(packet + 26, DynptrHelpers.dynptrSlice(dynptr, 26, buffer, 4));
  }

  @Test
  void flagsMakeNone() {
    assertEquals(-Errno.EINVAL, DynptrHelpers.dynptrFromSkb(context, 1, dynptr));
    assertEquals(1, DynptrHelpers.dynptrIsNull(dynptr));
    assertEquals(-Errno.EINVAL, DynptrHelpers.dynptrClone(dynptr, clone));
    assertEquals(1, DynptrHelpers.dynptrIsNull(clone));
    assertEquals(-Errno.EINVAL, DynptrHelpers.dynptrSize(dynptr));
  }
}
