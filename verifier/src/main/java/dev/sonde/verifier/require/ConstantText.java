package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.transfer.Reg;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.memory.RawMemory;

/** A string argument that nobody can change any more ({@code check_reg_const_str}): V-101. */
final class ConstantText {
  private ConstantText() {}

  static void require(int regno, Reg reg) {
    MapSpec spec = reg.spec();
    BpfMap map = reg.knownMap();
    boolean readOnly = (spec.flags() & MapFlags.RDONLY_PROG) != 0;
    if (map == null || !map.isFrozen() || !readOnly) {
      throw denied("R%d does not point to a readonly map'".formatted(regno));
    }
    if (!reg.var().isConstant()) {
      throw denied("R%d is not a constant address'".formatted(regno));
    }
    if (spec.type() != MapType.ARRAY) {
      throw denied("no direct value access support for this map type");
    }
    int off = reg.off();
    MemoryAccess.requireInMapValue(regno, reg, reg.off(), spec.valueSizeBytes() - off, false);
    long address = map.directValueAddress(off);
    for (int i = off; address != 0 && i < spec.valueSizeBytes(); i++) {
      if (RawMemory.getByte(address + i - off) == 0) {
        return;
      }
    }
    throw invalid("string is not zero-terminated");
  }
}
