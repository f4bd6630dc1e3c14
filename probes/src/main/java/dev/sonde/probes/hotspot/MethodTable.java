package dev.sonde.probes.hotspot;

import dev.sonde.probes.hotspot.TargetView.UnreadableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Methods by the address of their Method, each read once: names through ConstMethod, ConstantPool
 * and Symbol. An address that is no Method's has none; every pointer on the way is checked by
 * reading it.
 */
final class MethodTable {
  private static final int MAX_NAME_BYTES = 4096;
  private static final int MAX_CACHED = 1 << 17;
  private static final int ACC_NATIVE = 0x100;

  private static final List<String> FIELDS =
      List.of(
          "Method._constMethod",
          "Method._access_flags",
          "ConstMethod._constants",
          "ConstMethod._name_index",
          "ConstMethod._code_size",
          "ConstMethod._constMethod_size",
          "ConstantPool._pool_holder",
          "ConstantPool._length",
          "ConstantPool._source_file_name_index",
          "Klass._name",
          "Symbol._length",
          "Symbol._body");

  private final VmStructs structs;
  private final TargetView view;
  private final boolean noZeroBytes;
  private final Map<Long, Known> known = new HashMap<>();
  private int round;

  private record Known(@Nullable MethodInfo method, int round) {}

  MethodTable(VmStructs structs, TargetView view, boolean noZeroBytes) {
    this.structs = structs;
    this.view = view;
    this.noZeroBytes = noZeroBytes;
  }

  /** Fails where a field that methods are read by is not there. */
  void requireFields() {
    FIELDS.forEach(structs::field);
  }

  /** Says that time has passed: classes may have been unloaded, and others be where they were. */
  void newRound() {
    round++;
  }

  int round() {
    return round;
  }

  /**
   * Returns the method at {@code address}, null when there is none.
   *
   * @param since what was read before this round may be of another class by now
   */
  @Nullable MethodInfo method(long address, int since) {
    Known latest = known.get(address);
    if (latest != null && latest.round >= since) {
      return latest.method;
    }
    if (known.size() == MAX_CACHED) {
      known.clear();
    }
    MethodInfo read = read(address);
    boolean gone = read == null && latest != null; // with its class, or with the whole process
    MethodInfo method = gone ? latest.method : read;
    known.put(address, new Known(method, round));
    return method;
  }

  private @Nullable MethodInfo read(long method) {
    if (method == 0 || (method & 7) != 0 || method >>> 48 != 0) {
      return null;
    }
    try {
      long constMethod = view.i64(method + structs.offset("Method._constMethod"));
      long pool = view.i64(constMethod + structs.offset("ConstMethod._constants"));
      long holder = view.i64(pool + structs.offset("ConstantPool._pool_holder"));
      String className = symbol(view.i64(holder + structs.offset("Klass._name")));
      String methodName = pooled(pool, structs.number(constMethod, "ConstMethod._name_index"));
      if (className == null || methodName == null) {
        return null;
      }
      return info(method, constMethod, pool, className, methodName);
    } catch (UnreadableException noMethod) {
      return null;
    }
  }

  private MethodInfo info(
      long method, long constMethod, long pool, String className, String methodName) {
    int header = structs.size("ConstMethod");
    int codeBytes = structs.number(constMethod, "ConstMethod._code_size");
    long words = view.i32(constMethod + structs.offset("ConstMethod._constMethod_size"));
    int end = (int) Math.min(words * 8, header + codeBytes + (1 << 16));
    String flags =
        structs.has("ConstMethod._flags") ? "ConstMethod._flags" : "ConstMethod._flags._flags";
    boolean hasLines = (structs.number(constMethod, flags) & 1) != 0;
    int source = structs.number(pool, "ConstantPool._source_file_name_index");
    int access = view.u16(method + structs.offset("Method._access_flags"));
    return new MethodInfo(
        ClassNames.legible(className),
        methodName,
        source == 0 ? null : pooled(pool, source),
        hasLines && end > header + codeBytes
            ? LineTable.read(view.bytes(constMethod, end), header + codeBytes, noZeroBytes)
            : LineTable.NONE,
        constMethod + header,
        codeBytes,
        (access & ACC_NATIVE) != 0);
  }

  private @Nullable String pooled(long pool, int index) {
    int length = view.i32(pool + structs.offset("ConstantPool._length"));
    return index <= 0 || index >= length
        ? null
        : symbol(view.i64(pool + structs.size("ConstantPool") + 8L * index));
  }

  private @Nullable String symbol(long symbol) {
    int length = view.u16(symbol + structs.offset("Symbol._length"));
    return length == 0 || length > MAX_NAME_BYTES
        ? null
        : view.utf8(symbol + structs.offset("Symbol._body"), length);
  }
}
