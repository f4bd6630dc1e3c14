package dev.sonde.verifier.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One line of the verifier's source, made wrong. */
record Fault(Path file, int line, String right, String wrong) {
  private static final List<String> ROOMS = List.of("domain", "certify", "require", "transfer");

  /** What is replaced, by what: a wrong bound, a dropped clause, the other end, no sync. */
  private static final String[][] OPERATORS = {
    {" <= ", " < "},
    {" < ", " <= "},
    {" >= ", " > "},
    {" > ", " >= "},
    {" && ", " || "},
    {" \\|\\| ", " && "},
    {" == ", " != "},
    {" != ", " == "},
    {"(?<![\\w])min\\(", "max("},
    {"(?<![\\w])max\\(", "min("},
    {" \\+ ", " - "},
    {" - 1\\b", ""},
    {" >>> ", " >> "},
    {"\\bsmax\\(\\)", "smin()"},
    {"\\bumax\\(\\)", "umin()"},
    {" & ~", " & "},
    {"\\.unlinked\\(\\)", ""},
    {"withId\\(step\\.newId\\(\\)\\)", "withId(0)"},
    {"^(\\s+)([\\w.]+\\(\\w*(, \\w+)*\\);)$", "$1// $2"},
  };

  /** Returns every fault that the operators can seed, in the order of files and lines. */
  static List<Fault> all(Path sources) throws IOException {
    List<Fault> faults = new ArrayList<>();
    for (String room : ROOMS) {
      List<Path> files;
      try (Stream<Path> listed = Files.list(sources.resolve(room))) {
        files = listed.sorted().toList();
      }
      for (Path file : files) {
        in(file, faults);
      }
    }
    return faults;
  }

  private static void in(Path file, List<Fault> faults) throws IOException {
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String code = line.strip();
      if (code.startsWith("*") || code.startsWith("/") || code.startsWith("import")) {
        continue;
      }
      for (String[] operator : OPERATORS) {
        Matcher matcher = Pattern.compile(operator[0]).matcher(line);
        if (matcher.find() && !inText(line, matcher.start())) {
          faults.add(new Fault(file, i, line, matcher.replaceFirst(operator[1])));
        }
      }
    }
  }

  private static boolean inText(String line, int at) {
    boolean comment = line.indexOf("//") >= 0 && line.indexOf("//") < at;
    return comment || line.substring(0, at).chars().filter(c -> c == '"').count() % 2 == 1;
  }

  /** Returns the file's text with the fault in it. */
  String source() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.set(line, wrong);
    return String.join("\n", lines);
  }

  /** Returns how the list of equivalent faults names this one. */
  String name() {
    return file.getFileName() + ": " + wrong.strip();
  }

  @Override
  public String toString() {
    return "%s:%d: %s  =>  %s"
        .formatted(file.getFileName(), line + 1, right.strip(), wrong.strip());
  }
}
