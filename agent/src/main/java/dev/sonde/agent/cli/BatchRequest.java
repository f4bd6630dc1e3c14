package dev.sonde.agent.cli;

import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import dev.sonde.vm.program.TestRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A request of {@code prog verify --batch}. The {@code imm} of an lddw with src 1 or 2 is an index
 * into {@code maps}.
 */
record BatchRequest(
    ResolvedProgram program, List<BpfMap> maps, boolean wantsRun, TestRun.Input input)
    implements AutoCloseable {

  /** Creates the maps, too; close frees them. */
  static BatchRequest of(BatchWords words) {
    List<BpfMap> maps = maps(words.text("maps", ""));
    try {
      return new BatchRequest(
          program(words, maps), maps, words.text("run", "0").equals("1"), input(words));
    } catch (RuntimeException e) {
      maps.forEach(BpfMap::close);
      throw e;
    }
  }

  @Override
  public void close() {
    maps.forEach(BpfMap::close);
  }

  private static TestRun.Input input(BatchWords words) {
    byte[] data = words.bytes("data");
    byte[] context = words.bytes("ctx");
    return new TestRun.Input(
        data == null ? new byte[64] : data,
        context == null ? new byte[0] : context,
        words.number("repeat", 1),
        null);
  }

  private static ResolvedProgram program(BatchWords words, List<BpfMap> maps) {
    List<String> names = maps.stream().map(map -> map.spec().name()).toList();
    byte[] insns = words.bytes("insns");
    ProgramSpec spec =
        new ProgramSpec(
            "prog",
            "",
            type(words.text("type", "kprobe")),
            insns(insns == null ? new byte[0] : insns),
            names,
            List.of(),
            words.text("license", "GPL"),
            List.of(new SubprogramSpec(0, "prog", 0, false)),
            List.of(),
            null);
    return new ResolvedProgram(spec, maps, List.of());
  }

  private static ProgramType type(String name) {
    for (ProgramType type : ProgramType.values()) {
      if (type.name().equals(name.toUpperCase(Locale.ROOT))
          || Integer.toString(type.code()).equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "type: got \"%s\", want kprobe, xdp, ... as sonde feature lists them"
            .formatted(BatchWords.shortened(name)));
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
    } catch (RuntimeException | OutOfMemoryError e) {
      maps.forEach(BpfMap::close);
      throw e;
    }
  }

  /** {@code KIND:KEY:VALUE:MAX[:FLAGS]}. */
  private static BpfMap map(String text, String name) {
    String[] parts = text.split(":", -1);
    if (parts.length < 4 || parts.length > 5) {
      throw new IllegalArgumentException(
          "maps: got \"%s\", want KIND:KEY:VALUE:MAX[:FLAGS]"
              .formatted(BatchWords.shortened(text)));
    }
    MapSpec spec =
        MapSpec.of(
            name,
            mapType(parts[0]),
            BatchWords.number("maps: key size:", parts[1]),
            BatchWords.number("maps: value size:", parts[2]),
            BatchWords.number("maps: max entries:", parts[3]));
    return Maps.create(
        parts.length < 5 ? spec : spec.withFlags(BatchWords.number("maps: flags:", parts[4])));
  }

  private static MapType mapType(String name) {
    for (MapType type : MapType.values()) {
      if (type != MapType.UNSPEC && type.name().equals(name.toUpperCase(Locale.ROOT))) {
        return type;
      }
    }
    throw BpfException.of(
        Errno.EINVAL,
        "maps: got type \"%s\", want array, hash, ... as sonde feature lists them"
            .formatted(BatchWords.shortened(name)));
  }
}
