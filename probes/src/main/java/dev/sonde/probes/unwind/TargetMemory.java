package dev.sonde.probes.unwind;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The memory of a process: copied, never mapped, so that nothing that it does can hurt us. */
@FunctionalInterface
public interface TargetMemory {
  /** Returns a copy of exactly {@code length} bytes, or null when not all of them are there. */
  byte @Nullable [] read(long address, int length);

  /**
   * Returns copies of {@code length} bytes each, as far as they come cheap: those at the front of
   * the addresses, none to all of them.
   */
  default List<byte[]> readMany(long[] addresses, int length) {
    return List.of();
  }
}
