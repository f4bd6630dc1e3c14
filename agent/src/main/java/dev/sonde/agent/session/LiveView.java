package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig;
import dev.sonde.agent.config.AgentConfig.RecordConfig;
import dev.sonde.exporters.decode.RecordDecoder;
import dev.sonde.exporters.stream.RingFeed;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.RingbufMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a session's maps and rings hold, decoded by the object's BTF: for somebody who watches.
 * Rings that the configuration exports have their reader already and are left alone.
 */
public final class LiveView {
  private static final int MOST_ELEMENTS = 1000;
  private static final int MOST_RECORDS = 1000;
  private static final Set<MapType> KEYED =
      Set.of(
          MapType.HASH,
          MapType.ARRAY,
          MapType.PERCPU_HASH,
          MapType.PERCPU_ARRAY,
          MapType.LRU_HASH,
          MapType.LRU_PERCPU_HASH,
          MapType.LPM_TRIE);

  private final List<Source> sources = new ArrayList<>();
  private final Set<String> exported;

  /**
   * A map with the types of its object.
   *
   * @param structs by size, what {@link #structOf} has found for records of it
   */
  private record Source(
      String name, BpfMap map, @Nullable Btf btf, Map<Integer, Integer> structs) {}

  /** An element: names to values, which are Long, Double, Boolean, String or a List of them. */
  public record Element(Map<String, Object> key, Map<String, Object> value) {}

  LiveView(AgentConfig config, List<LoadedObject> objects) {
    exported =
        config.export().records().stream().map(RecordConfig::map).collect(Collectors.toSet());
    for (LoadedObject object : objects) {
      Btf btf = object.collection().spec().btf();
      object
          .collection()
          .maps()
          .forEach((name, map) -> sources.add(new Source(name, map, btf, new HashMap<>())));
    }
  }

  /** Returns the elements of every map that has keys; those of arrays that are not all zero. */
  public Map<String, List<Element>> maps() {
    Map<String, List<Element>> maps = new LinkedHashMap<>();
    for (Source source : sources) {
      boolean data = source.name.startsWith("."); // .rodata, .bss: no map of the author's
      if (KEYED.contains(source.map.spec().type()) && !data) {
        maps.putIfAbsent(source.name, elements(source));
      }
    }
    return maps;
  }

  private static List<Element> elements(Source source) {
    List<Element> elements = new ArrayList<>();
    byte @Nullable [] key = source.map.nextKey(null);
    while (key != null && elements.size() < MOST_ELEMENTS) {
      byte[] value = lookup(source.map, key);
      if (value != null && !(isArray(source.map) && isZero(value))) {
        int keyType = source.map.spec().keyTypeId();
        elements.add(new Element(decode(source.btf, keyType, key), value(source, value)));
      }
      key = source.map.nextKey(key);
    }
    return elements;
  }

  private static byte @Nullable [] lookup(BpfMap map, byte[] key) {
    try {
      return map.lookup(key);
    } catch (BpfException goneMeanwhile) {
      return null;
    }
  }

  /** Of a per-CPU map the sum of the CPUs, number by number. */
  private static Map<String, Object> value(Source source, byte[] all) {
    int size = source.map.spec().valueSizeBytes();
    int typeId = source.map.spec().valueTypeId();
    if (!source.map.spec().type().isPerCpu()) {
      return decode(source.btf, typeId, all);
    }
    Map<String, Object> sum = new LinkedHashMap<>();
    int stride = size + 7 & ~7;
    for (int at = 0; at + size <= all.length; at += stride) {
      decode(source.btf, typeId, Arrays.copyOfRange(all, at, at + size))
          .forEach((name, value) -> sum.merge(name, value, LiveView::plus));
    }
    return sum;
  }

  private static Object plus(Object a, Object b) {
    return a instanceof Long one && b instanceof Long two ? (Object) (one + two) : a;
  }

  /** Hands over what has come into the rings since the last call, by the name of the ring. */
  public void drain(BiConsumer<String, Map<String, Object>> consumer) {
    for (Source source : sources) {
      if (source.map instanceof RingbufMap ring && !exported.contains(source.name)) {
        new RingFeed(ring)
            .poll(bytes -> consumer.accept(source.name, record(source, bytes)), MOST_RECORDS);
      }
    }
  }

  private static Map<String, Object> record(Source source, byte[] bytes) {
    Btf btf = source.btf;
    int typeId =
        btf == null ? 0 : source.structs.computeIfAbsent(bytes.length, size -> structOf(btf, size));
    return decode(btf, typeId, bytes);
  }

  /**
   * A ring's BTF does not say what is in it: returns the one struct of that size that a variable
   * points to, 0 where there is none or are several.
   */
  private static int structOf(Btf btf, int sizeBytes) {
    int found = 0;
    for (int id = 1; id < btf.types().size(); id++) {
      if (btf.types().get(id) instanceof BtfType.Var variable
          && btf.resolved(variable.type()) instanceof BtfType.Ptr pointer
          && btf.resolved(pointer.target()) instanceof BtfType.Struct struct
          && struct.sizeBytes() == sizeBytes) {
        found = found == 0 ? btf.resolve(pointer.target()) : -1;
      }
    }
    return Math.max(0, found);
  }

  private static Map<String, Object> decode(@Nullable Btf btf, int typeId, byte[] bytes) {
    if (btf != null && typeId != 0) {
      return new RecordDecoder(btf, typeId).decode(bytes);
    }
    boolean number =
        bytes.length == 1 || bytes.length == 2 || bytes.length == 4 || bytes.length == 8;
    long value = 0;
    for (int i = Math.min(8, bytes.length) - 1; i >= 0; i--) {
      value = value << 8 | bytes[i] & 0xff;
    }
    return Map.of("value", number ? (Object) value : HexFormat.of().formatHex(bytes));
  }

  private static boolean isArray(BpfMap map) {
    return map.spec().type() == MapType.ARRAY || map.spec().type() == MapType.PERCPU_ARRAY;
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
