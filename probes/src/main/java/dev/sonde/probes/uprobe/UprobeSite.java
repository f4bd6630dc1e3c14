package dev.sonde.probes.uprobe;

import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A place in a file: what the kernel calls a uprobe.
 *
 * @param name for messages: {@code libc.so.6:read}
 * @param file where the kernel finds it
 * @param fileOffset of the insn
 * @param semaphoreOffset in the file, of the counter that it raises; 0: none
 * @param returns whether the event is the return of the function that begins there
 * @param usdt the static probe that stands there, or null
 * @param warning what its price is, "" when it is cheap
 */
public record UprobeSite(
    String name,
    Path file,
    long fileOffset,
    long semaphoreOffset,
    boolean returns,
    @Nullable UsdtProbe usdt,
    String warning)
    implements KernelSite {
  private static final int SEMAPHORE_SHIFT = 32; // PERF_UPROBE_REF_CTR_OFFSET_SHIFT

  @Override
  public PerfAttr attr(Pmus pmus, Scratch scratch) {
    long config = (returns ? pmus.returnBit("uprobe") : 0) | semaphoreOffset << SEMAPHORE_SHIFT;
    return PerfAttr.of(pmus.type("uprobe"), config)
        .configs(scratch.cString(file.toString()), fileOffset)
        .period(1);
  }

  @Override
  public Registers registers() {
    return Registers.USER;
  }
}
