package dev.sonde.probes.uprobe;

import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;

/**
 * A tracepoint: its records carry the bytes that the kernel shows a program.
 *
 * @param format what those bytes are
 */
public record TracepointSite(TracepointFormat format) implements KernelSite {
  @Override
  public String name() {
    return format.category() + ":" + format.name();
  }

  @Override
  public String warning() {
    return "";
  }

  @Override
  public PerfAttr attr(Pmus pmus, Scratch scratch) {
    return PerfAttr.of(PerfAttr.TRACEPOINT, format.id()).period(1);
  }

  @Override
  public Registers registers() {
    return Registers.NONE;
  }
}
