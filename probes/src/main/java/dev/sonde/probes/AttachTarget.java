package dev.sonde.probes;

/** Where a program is to be attached: pure data, before anything is looked for. */
public sealed interface AttachTarget permits MethodTarget {
  /** Returns what bpf_get_attach_cookie answers in the program; 0 unless the user sets one. */
  long cookie();
}
