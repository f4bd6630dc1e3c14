package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.context.OwnProcess;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.TaskStorageMap;
import dev.sonde.vm.memory.RawMemory;

/** Who runs, where, and because of what. */
public final class TaskHelpers {
  /** TASK_COMM_LEN less the NUL: the kernel never shows more of a name. */
  private static final int COMM_BYTES = 15;

  private TaskHelpers() {}

  public static long getPrandomU32(CarrierSlot slot) {
    return slot.nextRandom() & 0xffffffffL;
  }

  public static long getSmpProcessorId(CarrierSlot slot) {
    Event event = slot.event();
    int cpu = event == null ? -1 : event.cpuIndex();
    return cpu < 0 ? slot.index() : cpu;
  }

  /** Carrier slots have no node: everything is node 0. */
  public static long getNumaNodeId() {
    return 0;
  }

  public static long getCurrentPidTgid(CarrierSlot slot) {
    Event event = slot.event();
    return event == null ? OwnProcess.pidTgid() : event.pidTgid();
  }

  public static long getCurrentUidGid(CarrierSlot slot) {
    Event event = slot.event();
    return event == null ? OwnProcess.uidGid() : event.uidGid();
  }

  /** Writes the name, cut to 15 bytes, and fills the rest with NULs. */
  public static long getCurrentComm(CarrierSlot slot, long toAddress, long sizeBytes) {
    Event event = slot.event();
    String comm = event == null ? OwnProcess.comm() : event.comm();
    int room = (int) Math.min(COMM_BYTES, sizeBytes - 1);
    int length = Utf8.write(comm, toAddress, room);
    if (length < 0) {
      return -Errno.EINVAL;
    }
    RawMemory.fill(toAddress + length, sizeBytes - length, (byte) 0);
    return 0;
  }

  public static long getFuncIp(CarrierSlot slot, long context) {
    Event event = slot.event();
    return event == null ? 0 : event.functionId();
  }

  public static long getAttachCookie(CarrierSlot slot, long context) {
    Event event = slot.event();
    return event == null ? 0 : event.attachCookie();
  }

  /** An opaque number of the thread: nothing is behind it that could be read. */
  public static long getCurrentTask(CarrierSlot slot) {
    return getCurrentPidTgid(slot) & 0xffffffffL;
  }

  /** As {@link #getCurrentTask}: what the task helpers take; loads through it give 0. */
  public static long getCurrentTaskBtf(CarrierSlot slot) {
    return getCurrentTask(slot);
  }

  /**
   * A task of the JVM has no registers that the kernel saved: loads through the null address give
   * 0.
   */
  public static long taskPtRegs(long task) {
    return 0;
  }

  public static long taskStorageGet(
      CarrierSlot slot, BpfMap map, long task, long initialAddress, long flags) {
    return map instanceof TaskStorageMap storage
        ? storage.get(slot.index(), task, initialAddress, flags)
        : 0;
  }

  public static long taskStorageDelete(BpfMap map, long task) {
    return map instanceof TaskStorageMap storage ? storage.remove(task) : -Errno.EINVAL;
  }

  /** Programs observe: the process that they run in sends no signal on their behalf. */
  public static long sendSignal(long signal) {
    return -Errno.EPERM;
  }

  public static long sendSignalThread(long signal) {
    return -Errno.EPERM;
  }
}
