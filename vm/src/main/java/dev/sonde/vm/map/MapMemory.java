package dev.sonde.vm.map;

import dev.sonde.vm.memory.RawMemory;
import java.util.ArrayList;
import java.util.List;

/** The off-heap blocks of one map, which live exactly as long as the map. */
final class MapMemory {
  private final MapSpec spec;
  private final List<Long> blocks = new ArrayList<>();
  private boolean freed;

  MapMemory(MapSpec spec) {
    this.spec = spec;
  }

  /** Returns the address of zeroed memory; throws ENOMEM when there is none. */
  long zeroed(long sizeBytes) {
    long address = tryZeroed(sizeBytes);
    if (address == 0) {
      throw outOfMemory(sizeBytes);
    }
    return address;
  }

  /** Returns the address of zeroed memory, or 0 when there is none: for the program side. */
  long tryZeroed(long sizeBytes) {
    try {
      return own(RawMemory.allocateZeroed(sizeBytes));
    } catch (OutOfMemoryError none) {
      return 0;
    }
  }

  /** Returns memory of unknown content, which costs no pages until it is touched. */
  long uninitialised(long sizeBytes) {
    try {
      return own(RawMemory.allocate(sizeBytes));
    } catch (OutOfMemoryError none) {
      throw outOfMemory(sizeBytes);
    }
  }

  synchronized void free() {
    freed = true;
    blocks.forEach(RawMemory::free);
    blocks.clear();
  }

  private synchronized long own(long address) {
    if (freed) {
      RawMemory.free(address);
      return 0;
    }
    blocks.add(address);
    return address;
  }

  private BpfException outOfMemory(long sizeBytes) {
    return BpfException.of(
        Errno.ENOMEM, "map \"%s\": cannot allocate %d B".formatted(spec.name(), sizeBytes));
  }
}
