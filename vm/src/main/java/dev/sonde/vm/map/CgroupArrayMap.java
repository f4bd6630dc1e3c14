package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * BPF_MAP_TYPE_CGROUP_ARRAY: slots for cgroups, answered for this process's own cgroup. A slot is
 * given by the path of the cgroup's directory, or, as in bpf(2), by a descriptor of it.
 */
public final class CgroupArrayMap extends BpfMap {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");

  private record Slot(Path directory, boolean holdsThisProcess) {}

  private final ReferenceSlots<Slot> slots;

  CgroupArrayMap(MapSpec spec) {
    super(spec);
    slots = new ReferenceSlots<>(spec);
  }

  static void check(MapSpec spec) {
    ReferenceSlots.check(spec);
  }

  /**
   * Answers bpf_current_task_under_cgroup: 1, 0, -E2BIG out of range, -EAGAIN for an empty slot.
   */
  public int isUnder(int index) {
    if (!slots.contains(index)) {
      return -Errno.E2BIG;
    }
    Slot slot = slots.get(index);
    if (slot == null) {
      return -Errno.EAGAIN;
    }
    return slot.holdsThisProcess ? 1 : 0;
  }

  /** Puts a cgroup into a slot. */
  public void set(int index, Path directory) {
    checkWritable("update");
    slots.require(index, this);
    int refusal = put(index, directory);
    if (refusal != 0) {
      throw failure(-refusal, "update: \"%s\", want a directory of a cgroup".formatted(directory));
    }
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
    return -Errno.ENOTSUPP; // as the kernel answers: a cgroup has no number to give back
  }

  @Override
  protected int store(long keyAddress, long valueAddress, long flags) {
    int refusal = slots.refuseStore(keyAddress, flags);
    if (refusal != 0) {
      return refusal;
    }
    Path link = Path.of("/proc/self/fd", Integer.toString(RawMemory.getInt(valueAddress)));
    try {
      return put(RawMemory.getInt(keyAddress), Files.readSymbolicLink(link));
    } catch (IOException | InvalidPathException noSuchDescriptor) {
      return -Errno.EBADF;
    }
  }

  @Override
  protected int nextKey(long keyAddress, long toAddress) {
    return slots.nextKey(keyAddress, toAddress);
  }

  private int put(int index, Path directory) {
    if (!Files.exists(directory.resolve("cgroup.procs"))) {
      return -Errno.EBADF;
    }
    try {
      slots.set(index, new Slot(directory, own().startsWith(directory.toRealPath())));
      return 0;
    } catch (IOException gone) {
      return -Errno.EBADF;
    }
  }

  /** Returns the directory of this process's cgroup in the unified hierarchy. */
  private static Path own() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
      if (line.startsWith("0::")) {
        return MOUNT.resolve(line.substring("0::/".length())).normalize();
      }
    }
    return MOUNT;
  }
}
