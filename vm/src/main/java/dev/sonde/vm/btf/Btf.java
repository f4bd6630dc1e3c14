package dev.sonde.vm.btf;

import java.util.List;

/**
 * The types of an object (BPF Type Format): an immutable table whose entry 0 is void.
 *
 * @param types by type id
 */
public record Btf(List<BtfType> types) {
  public Btf {
    types = List.copyOf(types);
  }
}
