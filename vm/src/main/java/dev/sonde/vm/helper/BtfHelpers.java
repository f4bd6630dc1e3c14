package dev.sonde.vm.helper;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.KernelBtf;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.btf.TypeText;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** What helpers know of types. */
public final class BtfHelpers {
  private static final int PTR_BYTES = 16; // struct btf_ptr: void *ptr; u32 type_id; u32 flags
  private static final long KNOWN_FLAGS =
      TypeText.COMPACT | TypeText.NO_NAMES | TypeText.RAW_POINTERS | TypeText.ZEROS;

  /** The largest value that is written out; the kernel has no bound but its own types. */
  private static final int MAX_VALUE_BYTES = 1 << 16;

  private BtfHelpers() {}

  /** Makes ready what {@code insns} will ask for: call it when a program is loaded. */
  public static void prepare(List<Insn> insns) {
    if (insns.stream().anyMatch(i -> i.isHelperCall() && i.imm() == Helpers.SNPRINTF_BTF)) {
      try {
        KernelBtf.load();
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
  }

  /**
   * Writes a value as text by its type of the kernel's BTF; returns the length of the whole text,
   * which may be more than was written, or -EINVAL, -ENOENT for an unknown type, -EFAULT.
   */
  public static long snprintfBtf(
      CarrierSlot slot, long to, long roomBytes, long pointer, long pointerBytes, long flags) {
    Btf btf = KernelBtf.loaded();
    if ((flags & ~KNOWN_FLAGS) != 0 || pointerBytes != PTR_BYTES || btf == null) {
      return -Errno.EINVAL;
    }
    int typeId = RawMemory.getInt(pointer + 8);
    if (typeId <= 0) {
      return -Errno.EINVAL;
    }
    if (typeId >= btf.types().size()) {
      return -Errno.ENOENT;
    }
    try {
      int sizeBytes = btf.sizeBytes(typeId);
      if (sizeBytes > MAX_VALUE_BYTES) {
        return -Errno.E2BIG;
      }
      byte[] value = new byte[sizeBytes];
      return read(slot, RawMemory.getLong(pointer), value)
          ? write(TypeText.of(btf, typeId, value, (int) flags), to, roomBytes)
          : -Errno.EFAULT;
    } catch (ObjectFormatException noValue) {
      return -Errno.EINVAL;
    }
  }

  private static boolean read(CarrierSlot slot, long from, byte[] value) {
    long copy = RawMemory.allocateZeroed(Math.max(1, value.length));
    try {
      boolean there = ProbeReadHelpers.probeReadKernel(slot, copy, value.length, from) == 0;
      System.arraycopy(RawMemory.read(copy, value.length), 0, value, 0, value.length);
      return there;
    } finally {
      RawMemory.free(copy);
    }
  }

  private static long write(String text, long to, long roomBytes) {
    int length = Utf8.write(text, to, (int) roomBytes - 1);
    RawMemory.putByte(to + length, (byte) 0);
    return text.length();
  }
}
