package dev.sonde.probes.unwind;

import org.jspecify.annotations.Nullable;

/** The memory of a process: copied, never mapped, so that nothing that it does can hurt us. */
@FunctionalInterface
public interface TargetMemory {
  /** Returns a copy of exactly {@code length} bytes, or null when not all of them are there. */
  byte @Nullable [] read(long address, int length);
}
