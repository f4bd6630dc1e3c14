package dev.sonde.probes.uprobe;

import java.util.List;

/**
 * One location of a static probe, as its ELF note has it.
 *
 * @param provider who placed it
 * @param name what it marks
 * @param address before relocation
 * @param semaphoreAddress a counter that must not be 0 while somebody watches; 0: none
 * @param arguments where its values are at that place
 */
public record UsdtProbe(
    String provider,
    String name,
    long address,
    long semaphoreAddress,
    List<UsdtArgument> arguments) {
  public UsdtProbe {
    arguments = List.copyOf(arguments);
  }
}
