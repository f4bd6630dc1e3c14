package dev.sonde.verifier.kernel;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.KernelBtf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The running kernel's functions that programs call, by the numbers of its own BTF. */
final class KernelKfuncs {
  private final Map<String, Integer> ids = new HashMap<>();

  /** Returns the id of {@code names[index]}, -1 where the kernel has none or shows no types. */
  int idOf(List<String> names, int index) {
    return index < 0 || index >= names.size()
        ? -1
        : ids.computeIfAbsent(names.get(index), KernelKfuncs::find);
  }

  private static int find(String name) {
    try {
      KernelBtf.load();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Btf types = KernelBtf.loaded();
    return types == null ? -1 : types.find(name, BtfType.Func.class).orElse(-1);
  }
}
