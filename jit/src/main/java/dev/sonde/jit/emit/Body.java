package dev.sonde.jit.emit;

import dev.sonde.vm.context.CarrierSlot;

/**
 * What a written class is to those who run its programs. It has this method and nothing else to
 * inherit: the JVM copies the tables of what a class inherits into each one.
 */
abstract class Body {
  /**
   * Runs a program of the class up to its end or its first tail call, which is then left in the
   * slot. No exception comes out.
   *
   * @param index which one
   */
  abstract long run(CarrierSlot slot, long contextAddress, int index);
}
