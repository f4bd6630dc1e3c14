package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.StackMap;
import dev.sonde.vm.memory.RawMemory;

/** Stacks of the event, by id or as frames. */
public final class StackHelpers {
  private static final long SKIP_MASK = 0xff;
  private static final long USER_STACK = 1 << 8;

  private StackHelpers() {}

  public static long getStackid(CarrierSlot slot, long context, BpfMap map, long flags) {
    return map instanceof StackMap stacks ? stacks.stackId(slot, flags) : -Errno.EINVAL;
  }

  /** The stack of the current task; of another one there is none to be had. */
  public static long getTaskStack(
      CarrierSlot slot, long task, long toAddress, long sizeBytes, long flags) {
    if (task != TaskHelpers.getCurrentTask(slot)) {
      RawMemory.fill(toAddress, sizeBytes, (byte) 0);
      return -Errno.EOPNOTSUPP;
    }
    return getStack(slot, 0, toAddress, sizeBytes, flags);
  }

  /** Writes frame ids of 8 bytes, leaf first; returns how many bytes. Build ids are refused. */
  public static long getStack(
      CarrierSlot slot, long context, long toAddress, long sizeBytes, long flags) {
    if ((flags & ~(SKIP_MASK | USER_STACK)) != 0 || sizeBytes % 8 != 0) {
      RawMemory.fill(toAddress, sizeBytes, (byte) 0);
      return -Errno.EINVAL;
    }
    Event event = slot.event();
    long[] frames = slot.frames();
    int count =
        event == null
            ? -Errno.EFAULT
            : event
                .stackSource()
                .capture(frames, (int) (flags & SKIP_MASK), (flags & USER_STACK) != 0);
    int written = (int) Math.min(Math.max(count, 0), sizeBytes / 8);
    for (int i = 0; i < written; i++) {
      RawMemory.putLong(toAddress + 8L * i, frames[i]);
    }
    RawMemory.fill(toAddress + 8L * written, sizeBytes - 8L * written, (byte) 0);
    return count < 0 ? count : 8L * written;
  }
}
