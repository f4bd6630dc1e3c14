package dev.sonde.probes.record;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.uprobe.UsdtArgument;
import dev.sonde.probes.uprobe.UsdtProbe;
import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ResolvedProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells programs where the arguments of static probes are, in libbpf's way (usdt.bpf.h): its map
 * {@code __bpf_usdt_specs} has a value for each form of arguments, and the attach cookie says which
 * one is meant.
 *
 * <pre>
 * value     12 arguments of 16 or 24 bytes, u64 usdt_cookie, s16 arg_cnt
 * argument  u64 val_off, u8 type, u8 0, u12 index register, u4 scale shift,
 *           (of 24 bytes only: u16 0,) s16 register, u8 signed, u8 shift
 * </pre>
 */
final class UsdtSpecs {
  static final String MAP = "__bpf_usdt_specs";

  private static final int MAX_ARGUMENTS = 12;
  private static final int SHORT_BYTES = 16;
  private static final int LONG_BYTES = 24;
  private static final int TAIL_BYTES = 16;

  /** Which values a map has already: objects share it among their programs. */
  private final Map<BpfMap, Map<ByteBuffer, Integer>> idsByMap = new WeakHashMap<>();

  /** Returns the program's map of argument forms, null when it asks for no arguments. */
  static @Nullable BpfMap mapOf(ResolvedProgram program) {
    int index = program.spec().mapNames().indexOf(MAP);
    return index < 0 ? null : program.maps().get(index);
  }

  /**
   * Returns the cookie under which {@code map} has the arguments of {@code probe}.
   *
   * @throws AttachException if the map is full, or not of this layout
   */
  synchronized long add(BpfMap map, UsdtProbe probe, long cookie, String target) {
    int argumentBytes = (map.spec().valueSizeBytes() - TAIL_BYTES) / MAX_ARGUMENTS;
    boolean known = argumentBytes == SHORT_BYTES || argumentBytes == LONG_BYTES;
    if (!known || map.spec().keySizeBytes() != 4) {
      throw new AttachException(
          "%s: map %s: value of %d B, want libbpf's 208 or 304 B"
              .formatted(target, MAP, map.spec().valueSizeBytes()));
    }
    Map<ByteBuffer, Integer> ids = idsByMap.computeIfAbsent(map, m -> new HashMap<>());
    ByteBuffer value = ByteBuffer.wrap(value(map.spec().valueSizeBytes(), probe, cookie));
    Integer present = ids.get(value);
    if (present != null) {
      return present;
    }
    int id = ids.size();
    if (id >= map.spec().maxEntries()) {
      throw new AttachException(
          "%s: map %s: %d forms of arguments, want at most %d: fewer probes, or BPF_USDT_MAX_SPEC_CNT"
              .formatted(target, MAP, id + 1, map.spec().maxEntries()));
    }
    byte[] key = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(id).array();
    try {
      map.update(key, value.array(), 0);
    } catch (BpfException e) {
      throw new AttachException("%s: map %s: %s".formatted(target, MAP, e.getMessage()), e);
    }
    ids.put(value, id);
    return id;
  }

  static byte[] value(int sizeBytes, UsdtProbe probe, long cookie) {
    int argumentBytes = (sizeBytes - TAIL_BYTES) / MAX_ARGUMENTS;
    ByteBuffer value = ByteBuffer.allocate(sizeBytes).order(ByteOrder.nativeOrder());
    int count = Math.min(MAX_ARGUMENTS, probe.arguments().size());
    for (int i = 0; i < count; i++) {
      put(value, i * argumentBytes, argumentBytes - SHORT_BYTES, probe.arguments().get(i));
    }
    value.putLong(MAX_ARGUMENTS * argumentBytes, cookie);
    value.putShort(MAX_ARGUMENTS * argumentBytes + 8, (short) count);
    return value.array();
  }

  /** In the long form what follows the index stands 2 bytes later, and the rest is padding. */
  private static void put(ByteBuffer value, int at, int longer, UsdtArgument argument) {
    PtRegs register = argument.register();
    PtRegs index = argument.index();
    int indexOffset = index == null ? 0 : index.offsetBytes();
    int rest = at + 12 + (longer == 0 ? 0 : 2);
    value.putLong(at, argument.value());
    value.put(at + 8, (byte) argument.kind().ordinal());
    value.putShort(at + 10, (short) (indexOffset | argument.scaleShift() << 12));
    value.putShort(rest, (short) (register == null ? 0 : register.offsetBytes()));
    value.put(rest + 2, (byte) (argument.signed() ? 1 : 0));
    value.put(rest + 3, (byte) argument.bitShift());
  }
}
