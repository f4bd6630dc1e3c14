package dev.sonde.vm.helper;

import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.CgroupArrayMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This process's place in the hierarchy of cgroups and namespaces; read once. */
public final class CgroupHelpers {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");

  /** Ids from the root (level 0) down to the process's own cgroup: inodes, as in the kernel. */
  private static final long[] IDS = ids();

  private static final long PID_NAMESPACE_INODE = attribute(Path.of("/proc/self/ns/pid"), "ino");
  private static final long PID_NAMESPACE_DEVICE = attribute(Path.of("/proc/self/ns/pid"), "dev");

  private CgroupHelpers() {}

  public static long getCurrentCgroupId() {
    return IDS[IDS.length - 1];
  }

  public static long getCurrentAncestorCgroupId(long level) {
    int index = (int) level;
    return index >= 0 && index < IDS.length ? IDS[index] : 0;
  }

  public static long currentTaskUnderCgroup(BpfMap map, long index) {
    return map instanceof CgroupArrayMap cgroups ? cgroups.isUnder((int) index) : -Errno.EINVAL;
  }

  /** Writes {@code u32 pid, tgid} when the namespace asked for is this process's own. */
  public static long getNsCurrentPidTgid(
      dev.sonde.vm.context.CarrierSlot slot, long device, long inode, long to, long sizeBytes) {
    boolean own = device == PID_NAMESPACE_DEVICE && inode == PID_NAMESPACE_INODE;
    if (sizeBytes != 8 || !own) {
      RawMemory.fill(to, sizeBytes, (byte) 0);
      return -Errno.EINVAL;
    }
    RawMemory.putLong(to, TaskHelpers.getCurrentPidTgid(slot)); // pid is the lower half
    return 0;
  }

  private static long[] ids() {
    List<Long> ids = new ArrayList<>();
    Path own = own();
    for (Path path = own; path != null && path.startsWith(MOUNT); path = path.getParent()) {
      ids.add(0, attribute(path, "ino"));
    }
    return ids.isEmpty() ? new long[] {1} : ids.stream().mapToLong(Long::longValue).toArray();
  }

  private static Path own() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        if (line.startsWith("0::/")) {
          return MOUNT.resolve(line.substring(4)).normalize();
        }
      }
    } catch (IOException | RuntimeException noProcfs) {
      return MOUNT;
    }
    return MOUNT;
  }

  private static long attribute(Path path, String name) {
    try {
      return ((Number) Files.getAttribute(path, "unix:" + name)).longValue();
    } catch (IOException | RuntimeException absent) {
      return 0;
    }
  }
}
