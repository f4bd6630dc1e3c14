package dev.sonde.vm.map;

import dev.sonde.vm.context.CarrierSlot;

/** What bpf_get_stackid needs of a BPF_MAP_TYPE_STACK_TRACE map: a stack kept once, by its hash. */
public abstract class StackMap extends BpfMap {
  protected StackMap(MapSpec spec) {
    super(spec);
  }

  /**
   * Stores the stack of the slot's current event and returns its id, 0 or more, or a negative
   * errno.
   *
   * @param flags the low 8 bits are the frames to skip; then BPF_F_USER_STACK (1 << 8),
   *     BPF_F_FAST_STACK_CMP (1 << 9), BPF_F_REUSE_STACKID (1 << 10)
   */
  public abstract long stackId(CarrierSlot slot, long flags);
}
