package dev.sonde.agent.session;

import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.SubprogramSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a program in Sonde's assembler: a file {@code NAME.asm} with one program called NAME.
 *
 * <pre>
 *   .section method/com.shop.Cart.add     # what it is and where it goes
 *   .map counts hash 4 8 1024             # NAME TYPE KEY VALUE MAX, sizes in bytes
 *   .license GPL                          # unless it stands, GPL
 *   lddw %r1, map counts                  # the assembler's insns; maps by name
 * </pre>
 */
final class ScriptReader {
  private static final Pattern MAP_USE = Pattern.compile("\\b(map|map_value)\\s+([A-Za-z_]\\w*)");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private final String file;
  private final List<MapSpec> maps = new ArrayList<>();
  private final StringBuilder code = new StringBuilder();
  private @Nullable String section;
  private String license = "GPL";

  private ScriptReader(Path file) {
    this.file = file.toString();
  }

  static boolean isScript(Path file) {
    return file.toString().endsWith(".asm");
  }

  static CollectionSpec read(Path file) throws IOException {
    ScriptReader reader = new ScriptReader(file);
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      reader.read(++number, line);
    }
    String name = file.getFileName().toString().replaceFirst("\\.asm$", "");
    return reader.collection(name);
  }

  private void read(int number, String line) {
    String[] words = line.replaceFirst("#.*", "").strip().split("\\s+");
    switch (words[0]) {
      case ".section" ->
          section = words.length == 2 ? words[1] : bad(number, line, ".section NAME");
      case ".license" ->
          license = words.length == 2 ? words[1] : bad(number, line, ".license NAME");
      case ".map" -> maps.add(map(number, line, words));
      default -> code.append(byIndex(number, line));
    }
    code.append('\n'); // so that the assembler counts the same lines
  }

  private MapSpec map(int number, String line, String[] words) {
    MapType type = null;
    for (MapType each : MapType.values()) {
      if (words.length == 6 && each.name().equals(words[2].toUpperCase(Locale.ROOT))) {
        type = each;
      }
    }
    boolean numbers = true;
    for (int i = 3; i < words.length; i++) {
      numbers &= NUMBER.matcher(words[i]).matches();
    }
    if (type == null || !numbers) {
      throw problem(number, line, ".map NAME TYPE KEY VALUE MAX, as .map counts hash 4 8 1024");
    }
    return MapSpec.of(
        words[1],
        type,
        Integer.parseInt(words[3]),
        Integer.parseInt(words[4]),
        Integer.parseInt(words[5]));
  }

  private String byIndex(int number, String line) {
    Matcher matcher = MAP_USE.matcher(line.replaceFirst("#.*", ""));
    StringBuilder text = new StringBuilder();
    while (matcher.find()) {
      List<String> names = maps.stream().map(MapSpec::name).toList();
      int index = names.indexOf(matcher.group(2));
      if (index < 0) {
        throw problem(number, line, "a map that a .map line above declares: " + names);
      }
      matcher.appendReplacement(text, matcher.group(1) + " " + index);
    }
    return matcher.appendTail(text).toString();
  }

  private CollectionSpec collection(String name) {
    String place = section;
    ProgramType type = place == null ? null : ProgramType.ofSection(place);
    if (place == null || type == null) {
      throw new ObjectFormatException(
          file, ".section", String.valueOf(place), "one, as .section method/com.shop.Cart.add");
    }
    ProgramSpec program =
        new ProgramSpec(
            name,
            place,
            type,
            insns(),
            maps.stream().map(MapSpec::name).toList(),
            List.of(),
            license,
            List.of(new SubprogramSpec(0, name, 0, false)),
            List.of(),
            null);
    return new CollectionSpec(name, maps, List.of(program), List.of(), List.of(), license, null);
  }

  private List<Insn> insns() {
    try {
      return Assembler.assemble(code.toString());
    } catch (InvalidInsnException e) {
      throw new ObjectFormatException(file, "insn", e.getMessage(), "the assembler's syntax");
    }
  }

  private String bad(int number, String line, String want) {
    throw problem(number, line, want);
  }

  private ObjectFormatException problem(int number, String line, String want) {
    return new ObjectFormatException(file + ":" + number, "line", line.strip(), want);
  }
}
