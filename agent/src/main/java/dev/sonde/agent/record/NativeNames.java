package dev.sonde.agent.record;

import dev.sonde.exporters.symbol.Frame;
import dev.sonde.exporters.symbol.Symbolizer;
import dev.sonde.probes.elf.CppName;
import dev.sonde.probes.unwind.KernelSymbols;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.PerfMap;
import org.jspecify.annotations.Nullable;

/** Names of native and kernel addresses of one process; what is large is read when first needed. */
final class NativeNames implements Symbolizer.NativeSymbols {
  private final int pid;
  private final NativeCode code;
  private @Nullable KernelSymbols kernel;
  private @Nullable PerfMap generated;

  NativeNames(int pid, NativeCode code) {
    this.pid = pid;
    this.code = code;
  }

  @Override
  public Frame frame(long address) {
    return address < 0 ? kernelFrame(address) : userFrame(address);
  }

  private Frame kernelFrame(long address) {
    KernelSymbols symbols = kernel;
    if (symbols == null) {
      symbols = KernelSymbols.running();
      kernel = symbols;
    }
    String name = symbols.at(address);
    return new Frame(Frame.Kind.KERNEL, name == null ? "[kernel]" : name, "[kernel]", 0);
  }

  private Frame userFrame(long address) {
    NativeCode.Symbol symbol = code.symbol(address);
    if (symbol != null && symbol.function() != null) {
      String name = CppName.brief(symbol.function());
      return new Frame(Frame.Kind.NATIVE, name, symbol.module(), 0);
    }
    if (symbol != null) {
      String module = symbol.module();
      String name = module.startsWith("[") ? module : "[" + module + "]";
      return new Frame(Frame.Kind.NATIVE, name, module, 0);
    }
    PerfMap map = generated;
    if (map == null) {
      map = PerfMap.of(pid);
      generated = map;
    }
    String name = map.at(address);
    return new Frame(Frame.Kind.NATIVE, name == null ? "[unknown]" : name, null, 0);
  }

  /** Tells whether kernel addresses were met and none of them has a name. */
  boolean lacksKernelNames() {
    return kernel != null && kernel.isEmpty();
  }
}
