package dev.sonde.vm.map;

/** What bpf_for_each_map_elem calls for each element. */
@FunctionalInterface
public interface ElementVisitor {
  /**
   * @param keyAddress the element's key, good until the visit returns
   * @param valueAddress the element's value
   * @return 0 to go on, anything else to stop
   */
  long visit(long keyAddress, long valueAddress);
}
