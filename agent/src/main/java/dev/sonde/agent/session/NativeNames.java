package dev.sonde.agent.session;

import dev.sonde.exporters.symbol.Frame;
import dev.sonde.exporters.symbol.Symbolizer;
import dev.sonde.probes.elf.CppName;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.unwind.KernelSymbols;
import dev.sonde.probes.unwind.NativeCode;
import dev.sonde.probes.unwind.PerfMap;
import dev.sonde.probes.unwind.ProcessMemory;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Names of native and kernel addresses of one process; what is large is read when first needed. */
public final class NativeNames implements Symbolizer.NativeSymbols {
  private final int pid;
  private final NativeCode code;
  private @Nullable KernelSymbols kernel;
  private @Nullable PerfMap generated;

  public NativeNames(int pid, NativeCode code) {
    this.pid = pid;
    this.code = code;
  }

  /** Returns the names of this process's own addresses, looked up when the first is asked for. */
  static Symbolizer.NativeSymbols ofThisProcess() {
    return new Symbolizer.NativeSymbols() {
      private @Nullable NativeNames names;
      private boolean failed;

      @Override
      public synchronized @Nullable Frame frame(long address) {
        if (names == null && !failed) {
          names = open();
          failed = names == null;
        }
        return names == null ? null : names.frame(address);
      }
    };
  }

  private static @Nullable NativeNames open() {
    int pid = (int) ProcessHandle.current().pid();
    try {
      ProcessMemory memory = new ProcessMemory(Linux.running(), pid);
      return new NativeNames(pid, new NativeCode(pid, Architecture.current(), memory));
    } catch (IOException | UnsupportedOperationException noLinux) {
      return null;
    }
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
  public boolean lacksKernelNames() {
    return kernel != null && kernel.isEmpty();
  }
}
