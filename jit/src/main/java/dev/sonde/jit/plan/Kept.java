package dev.sonde.jit.plan;

import dev.sonde.vm.isa.Opcodes;
import java.util.BitSet;

/** Which registers need a local: few locals make short frames, of which a class keeps many. */
public final class Kept {
  private final BitSet longs = new BitSet();
  private final BitSet ints = new BitSet();

  Kept(Webs webs, Types types, References references) {
    longs.set(Opcodes.FRAME_POINTER);
    webs.forEach(
        (register, web) -> {
          if (!types.isConstant(web) && !references.isReference(web)) {
            (types.isInt(web) ? ints : longs).set(register);
          }
        });
  }

  /** Tells whether {@code register} is somewhere kept as a long. */
  public boolean asLong(int register) {
    return longs.get(register);
  }

  public boolean asInt(int register) {
    return ints.get(register);
  }
}
