package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import org.jspecify.annotations.Nullable;

/**
 * BPF_MAP_TYPE_PROG_ARRAY: slots for programs to tail-call. What a program is, this room does not
 * know: it keeps references for the engines above.
 */
public final class ProgArrayMap extends BpfMap {
  private record Slot(Object program, int programId) {}

  private final ReferenceSlots<Slot> slots;

  ProgArrayMap(MapSpec spec) {
    super(spec);
    slots = new ReferenceSlots<>(spec);
  }

  static void check(MapSpec spec) {
    ReferenceSlots.check(spec);
  }

  /** Returns the program in slot {@code index}, a u32; null when empty or out of range. */
  public @Nullable Object program(int index) {
    Slot slot = slots.get(index);
    return slot == null ? null : slot.program;
  }

  /**
   * Puts a program into a slot; running programs see it at their next tail call.
   *
   * @param programId what a lookup from the user side answers
   */
  public void set(int index, Object program, int programId) {
    checkWritable("update");
    slots.require(index, this);
    slots.set(index, new Slot(program, programId));
  }

  @Override
  public int update(int cpuIndex, long keyAddress, long valueAddress, long flags) {
    return -Errno.EINVAL;
  }

  @Override
  public int delete(long keyAddress) {
    return slots.delete(keyAddress);
  }

  @Override
  protected int copyValue(long keyAddress, long toAddress) {
    Slot slot = slots.get(RawMemory.getInt(keyAddress));
    if (slot == null) {
      return -Errno.ENOENT;
    }
    RawMemory.putInt(toAddress, slot.programId);
    return 0;
  }

  /** Bytes name a program by file descriptor, and a JVM has none for its programs: use set. */
  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    int refusal = slots.refuseStore(keyAddress, flags);
    return refusal != 0 ? refusal : -Errno.EBADF;
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return slots.nextKey(keyAddress, toAddress);
  }
}
