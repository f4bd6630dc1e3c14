package dev.sonde.agent.cli;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A line of {@code prog verify --batch}: {@code key=value} words; unknown keys are ignored. The
 * {@code imm} of an lddw with src 1 or 2 is an index into {@code maps}.
 */
record BatchRequest(
    String id,
    ResolvedProgram program,
    List<BpfMap> maps,
    boolean wantsRun,
    byte[] data,
    byte[] context)
    implements AutoCloseable {

  /** Creates the maps, too; close frees them. */
  static BatchRequest parse(String line) {
    Map<String, String> words = words(line);
    List<BpfMap> maps = maps(words.getOrDefault("maps", ""));
    try {
      return new BatchRequest(
          words.getOrDefault("id", ""),
          program(words, maps),
          maps,
          words.getOrDefault("run", "0").equals("1"),
          hex("data", words.getOrDefault("data", "")),
          hex("ctx", words.getOrDefault("ctx", "")));
    } catch (IllegalArgumentException e) {
      maps.forEach(BpfMap::close);
      throw e;
    }
  }

  @Override
  public void close() {
    maps.forEach(BpfMap::close);
  }

  private static Map<String, String> words(String line) {
    Map<String, String> words = new HashMap<>();
    for (String word : line.strip().split("\\s+")) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException("request: got \"%s\", want key=value".formatted(word));
      }
      words.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return words;
  }

  private static ResolvedProgram program(Map<String, String> words, List<BpfMap> maps) {
    List<String> names = maps.stream().map(map -> map.spec().name()).toList();
    ProgramSpec spec =
        new ProgramSpec(
            "prog",
            "",
            type(words.getOrDefault("type", "kprobe")),
            insns(hex("insns", words.getOrDefault("insns", ""))),
            names,
            List.of(),
            words.getOrDefault("license", "GPL"),
            List.of(new SubprogramSpec(0, "prog", 0, false)),
            List.of(),
            null);
    return new ResolvedProgram(spec, maps, List.of());
  }

  private static ProgramType type(String name) {
    try {
      return ProgramType.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("type: got \"%s\", want kprobe, xdp, ...".formatted(name));
    }
  }

  private static List<Insn> insns(byte[] bytes) {
    if (bytes.length % Insn.SIZE_BYTES != 0) {
      throw new IllegalArgumentException(
          "insns: got %d bytes, want a multiple of 8".formatted(bytes.length));
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Insn> insns = new ArrayList<>();
    while (buffer.hasRemaining()) {
      insns.add(Insn.of(buffer.getLong()));
    }
    return insns;
  }

  private static List<BpfMap> maps(String text) {
    List<BpfMap> maps = new ArrayList<>();
    try {
      for (String map : text.isEmpty() ? new String[0] : text.split(",")) {
        maps.add(map(map, "map" + maps.size()));
      }
      return maps;
    } catch (RuntimeException e) {
      maps.forEach(BpfMap::close);
      throw e;
    }
  }

  /** {@code KIND:KEY:VALUE:MAX[:FLAGS]}. */
  private static BpfMap map(String text, String name) {
    String[] parts = text.split(":");
    if (parts.length < 4) {
      throw new IllegalArgumentException(
          "maps: got \"%s\", want KIND:KEY:VALUE:MAX[:FLAGS]".formatted(text));
    }
    MapType type = MapType.valueOf(parts[0].toUpperCase(Locale.ROOT));
    MapSpec spec =
        MapSpec.of(
            name,
            type,
            Integer.parseInt(parts[1]),
            Integer.parseInt(parts[2]),
            Integer.parseInt(parts[3]));
    return Maps.create(parts.length < 5 ? spec : spec.withFlags(Integer.decode(parts[4])));
  }

  private static byte[] hex(String key, String text) {
    try {
      return HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s: not hex: %s".formatted(key, e.getMessage()));
    }
  }
}
