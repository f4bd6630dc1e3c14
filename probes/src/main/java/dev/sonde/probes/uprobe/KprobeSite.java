package dev.sonde.probes.uprobe;

import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;

/**
 * A place in a kernel function.
 *
 * @param function as the kernel names it
 * @param offsetBytes from its first byte
 * @param returns whether the event is its return
 */
public record KprobeSite(String function, long offsetBytes, boolean returns) implements KernelSite {
  @Override
  public String name() {
    return function;
  }

  @Override
  public String warning() {
    return "";
  }

  @Override
  public PerfAttr attr(Pmus pmus, Scratch scratch) {
    return PerfAttr.of(pmus.type("kprobe"), returns ? pmus.returnBit("kprobe") : 0)
        .configs(scratch.cString(function), offsetBytes)
        .period(1);
  }

  @Override
  public Registers registers() {
    return Registers.KERNEL;
  }
}
