package dev.sonde.probes.uprobe;

import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.linux.Scratch;

/** A place that an event can be opened on: what a target has been resolved to. */
public sealed interface KernelSite permits UprobeSite, KprobeSite, TracepointSite {
  /** Whose registers the program's context is made of. */
  enum Registers {
    USER,
    KERNEL,
    NONE
  }

  /** Returns the place for messages. */
  String name();

  /** Returns what the user should know before he pays for it, "" for nothing. */
  String warning();

  /** Returns the event, without sample type or scope; its strings live as long as the scratch. */
  PerfAttr attr(Pmus pmus, Scratch scratch);

  Registers registers();
}
