package dev.sonde.probes.elf;

import dev.sonde.vm.btf.ObjectBytes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The functions of an ELF file by address and by name. Names stay bytes until they are asked for:
 * libjvm has 60,000.
 */
public final class ElfSymbols {
  private static final ElfSymbols NONE =
      new ElfSymbols(
          ObjectBytes.of(new byte[0], "no symbols"),
          new int[0],
          ObjectBytes.of(new byte[0], "no names"));

  private static final int SYMBOL_BYTES = 24;
  private static final int NAME_LIMIT_BYTES = 1 << 16;
  private static final int TYPE_FUNC = 2;
  private static final int TYPE_IFUNC = 10;
  private static final int TYPE_NONE = 0; // functions written in assembly often have it

  private final ObjectBytes table;
  private final ObjectBytes names;
  private final int[] order; // offsets of symbols in the table, by address; better names first
  private final long[] addresses; // of them
  private @Nullable Map<String, ElfSymbol> byName;

  private ElfSymbols(ObjectBytes table, int[] order, ObjectBytes names) {
    this.table = table;
    this.names = names;
    this.order = order;
    this.addresses = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      addresses[i] = addressAt(order[i]);
    }
  }

  /** Returns the table of a file that has none. */
  public static ElfSymbols of() {
    return NONE;
  }

  static ElfSymbols read(ObjectBytes table, ObjectBytes names) {
    int count = table.size() / SYMBOL_BYTES;
    Integer[] found = new Integer[count];
    int functions = 0;
    for (int i = 0; i < count; i++) {
      if (isFunction(table, i * SYMBOL_BYTES)) {
        found[functions++] = i * SYMBOL_BYTES;
      }
    }
    Comparator<Integer> byAddress =
        (a, b) -> Long.compareUnsigned(table.i64(a + 8), table.i64(b + 8));
    Comparator<Integer> bySize = Comparator.comparingLong(at -> -table.i64(at + 16));
    Comparator<Integer> byBinding = Comparator.comparingInt(at -> -bindingRank(table, at));
    Comparator<Integer> byUnderscores =
        Comparator.comparingInt(at -> underscores(table, names, at));
    Arrays.sort(
        found,
        0,
        functions,
        byAddress.thenComparing(bySize).thenComparing(byBinding).thenComparing(byUnderscores));
    int[] order = new int[functions];
    for (int i = 0; i < functions; i++) {
      order[i] = found[i];
    }
    return new ElfSymbols(table, order, names);
  }

  /** Finds a symbol of any type that is defined; its name ends where the table's text does. */
  static Optional<ElfSymbol> find(ObjectBytes table, ObjectBytes names, String wanted) {
    for (int at = 0; at + SYMBOL_BYTES <= table.size(); at += SYMBOL_BYTES) {
      boolean defined = table.u16(at + 6) != 0 && table.i32(at) != 0;
      if (defined && names.text(table.u32(at), NAME_LIMIT_BYTES).equals(wanted)) {
        return Optional.of(new ElfSymbol(wanted, table.i64(at + 8), table.i64(at + 16)));
      }
    }
    return Optional.empty();
  }

  /** Undefined symbols have section 0; mapping symbols and labels are not wanted. */
  private static boolean isFunction(ObjectBytes table, int at) {
    int type = table.u8(at + 4) & 0xf;
    boolean named = table.i32(at) != 0;
    boolean code =
        type == TYPE_FUNC
            || type == TYPE_IFUNC
            || type == TYPE_NONE && table.u8(at + 4) >>> 4 == 1; // a global one
    return named && code && table.u16(at + 6) != 0 && table.u16(at + 6) < 0xff00;
  }

  private static int bindingRank(ObjectBytes table, int at) {
    int binding = table.u8(at + 4) >>> 4;
    return binding == 1 ? 2 : binding == 2 ? 1 : 0; // global, weak, local
  }

  /** Of the aliases of a function, those for others begin with underscores. */
  private static int underscores(ObjectBytes table, ObjectBytes names, int at) {
    long offset = table.u32(at);
    int count = 0;
    while (count < 4 && offset + count < names.size() && names.u8((int) offset + count) == '_') {
      count++;
    }
    return count;
  }

  public int size() {
    return order.length;
  }

  /** Returns the function that holds {@code address}, or null. */
  public @Nullable ElfSymbol at(long address) {
    int i = Arrays.binarySearch(addresses, address);
    i = i < 0 ? -i - 2 : i;
    if (i < 0) {
      return null;
    }
    while (i > 0 && addresses[i - 1] == addresses[i]) {
      i--;
    }
    long end = addresses[i] + table.i64(order[i] + 16);
    boolean holds = addresses[i] == end || Long.compareUnsigned(address, end) < 0;
    return holds ? symbol(order[i]) : null;
  }

  /** Returns the function of that name, without {@code @VERSION}, or null. */
  public synchronized @Nullable ElfSymbol find(String name) {
    if (byName == null) {
      Map<String, ElfSymbol> all = new HashMap<>(order.length * 2);
      forEach(symbol -> all.putIfAbsent(symbol.name(), symbol));
      byName = all;
    }
    return byName.get(name);
  }

  /** Hands over every function, by ascending address, aliases included. */
  public void forEach(Consumer<ElfSymbol> consumer) {
    for (int at : order) {
      consumer.accept(symbol(at));
    }
  }

  private ElfSymbol symbol(int at) {
    String name = names.text(table.u32(at), NAME_LIMIT_BYTES);
    int version = name.indexOf('@', 1);
    return new ElfSymbol(
        version < 0 ? name : name.substring(0, version), addressAt(at), table.i64(at + 16));
  }

  private long addressAt(int at) {
    return table.i64(at + 8);
  }
}
