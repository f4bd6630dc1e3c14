package dev.sonde.probes.record;

import dev.sonde.probes.kernel.RecorderCode;
import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.uprobe.UprobeSite;
import dev.sonde.probes.uprobe.UsdtArgument;
import dev.sonde.probes.uprobe.UsdtProbe;
import dev.sonde.vm.context.PtRegs;
import java.util.List;

/**
 * Which registers may hold an address whose memory the program reads, so that it is copied at the
 * event: afterwards it may be freed, or another's.
 */
final class Pointers {
  private static final List<PtRegs> ARGUMENTS =
      List.of(
          PtRegs.argument(0),
          PtRegs.argument(1),
          PtRegs.argument(2),
          PtRegs.argument(3),
          PtRegs.argument(4),
          PtRegs.argument(5));

  private Pointers() {}

  /** Returns them for a place; none where the program reads no memory. */
  static List<PtRegs> of(UprobeSite site, SampleNeeds needs) {
    if (!needs.userMemory() || Architecture.current() != Architecture.X86_64) {
      return List.of(); // the recorder reads the kernel's pt_regs of x86-64
    }
    UsdtProbe probe = site.usdt();
    if (probe == null) {
      return site.returns() ? List.of(PtRegs.AX) : ARGUMENTS;
    }
    return probe.arguments().stream()
        .filter(a -> a.kind() == UsdtArgument.Kind.REGISTER && a.sizeBytes() == Long.BYTES)
        .map(UsdtArgument::register)
        .distinct()
        .limit(RecorderCode.MAX_POINTERS)
        .toList();
  }
}
