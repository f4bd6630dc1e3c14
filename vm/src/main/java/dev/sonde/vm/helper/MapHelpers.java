package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.map.BpfMap;

/** The map helpers: each is one call of the map's program side. */
public final class MapHelpers {
  private MapHelpers() {}

  private static void copies(CarrierSlot slot, BpfMap map) {
    slot.spend(HelperTurns.ofBytes(map.spec().valueSizeBytes()));
  }

  private static void searches(CarrierSlot slot, BpfMap map) {
    int turns = HelperTurns.ofSearch(map);
    if (turns != 0) {
      slot.spend(turns);
    }
  }

  public static long mapLookupElem(CarrierSlot slot, BpfMap map, long keyAddress) {
    searches(slot, map);
    return map.lookup(slot.index(), keyAddress);
  }

  public static long mapUpdateElem(
      CarrierSlot slot, BpfMap map, long keyAddress, long valueAddress, long flags) {
    searches(slot, map);
    copies(slot, map);
    return map.update(slot.index(), keyAddress, valueAddress, flags);
  }

  public static long mapDeleteElem(CarrierSlot slot, BpfMap map, long keyAddress) {
    searches(slot, map);
    return map.delete(keyAddress);
  }

  public static long mapPushElem(CarrierSlot slot, BpfMap map, long valueAddress, long flags) {
    copies(slot, map);
    return map.push(valueAddress, flags);
  }

  public static long mapPopElem(CarrierSlot slot, BpfMap map, long valueAddress) {
    copies(slot, map);
    return map.pop(valueAddress);
  }

  public static long mapPeekElem(CarrierSlot slot, BpfMap map, long valueAddress) {
    copies(slot, map);
    return map.peek(valueAddress);
  }

  /** Another CPU's value; null past the last CPU, as the kernel answers. */
  public static long mapLookupPercpuElem(CarrierSlot slot, BpfMap map, long keyAddress, long cpu) {
    searches(slot, map);
    boolean known = Integer.compareUnsigned((int) cpu, CarrierSlots.capacity()) < 0;
    return known ? map.lookup((int) cpu, keyAddress) : 0;
  }
}
