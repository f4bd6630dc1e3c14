package dev.sonde.verifier.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One line of the verifier's source, made wrong. */
record Fault(Path file, int line, String right, String wrong) {
  private static final Path SOURCES = Path.of("src/main/java/dev/sonde/verifier");
  private static final String ATOM = "!?[\\w.]+(?:\\([\\w., ]*\\))?";

  /** What is replaced, by what. */
  private static final String[][] OPERATORS = {
    // a wrong bound
    {" <= ", " < "},
    {" < ", " <= "},
    {" >= ", " > "},
    {" > ", " >= "},
    {"(?<=\\w) - 1\\b", ""},
    {"(?<=[\\w)]) \\+ 1\\b", ""},
    // a wrong connection, a dropped clause
    {" && ", " || "},
    {" \\|\\| ", " && "},
    {" (?:&&|\\|\\|) " + ATOM + "(?=[;)])", ""},
    {"(?<=\\()" + ATOM + " (?:&&|\\|\\|) ", ""},
    {"(?<=return )" + ATOM + " (?:&&|\\|\\|) ", ""},
    // a negated condition
    {" == ", " != "},
    {" != ", " == "},
    {"(?<=(?:if|while) \\()(.*)(?=\\) \\{$)", "!($1)"},
    {"\\breturn true;", "return false;"},
    {"\\breturn false;", "return true;"},
    // the other end, the other operand, the other shift
    {"(?<![\\w])min\\(", "max("},
    {"(?<![\\w])max\\(", "min("},
    {"\\bsmax\\(\\)", "smin()"},
    {"\\bsmin\\(\\)", "smax()"},
    {"\\bumax\\(\\)", "umin()"},
    {"\\bumin\\(\\)", "umax()"},
    {" \\+ ", " - "},
    {"(?<![-\\w.])(" + ATOM + ") - (" + ATOM + ")", "$2 - $1"},
    {"(?<=\\()(?<!\\b(?:max|min)\\()(\\w+), (\\w+)(?=\\)+[;. ])", "$2, $1"},
    {" >>> ", " >> "},
    {" & ~", " & "},
    // a forgotten sync, id, reference or step
    {"\\.unlinked\\(\\)", ""},
    {"\\.withId\\([\\w.]+\\(?\\)?\\)", ""},
    {"\\bnewId\\(\\)", "newId() * 0"},
    {"\\b(\\w+)\\.sync\\((\\w+)\\)", "$2"},
    {"^(\\s+)([a-z][\\w.]*\\(.*\\);)$", "$1// $2"},
    {"^(\\s+)([a-z]\\w* [|&+-]?= [^{]*;)$", "$1// $2"},
  };

  private static final List<Pattern> PATTERNS =
      Stream.of(OPERATORS).map(operator -> Pattern.compile(operator[0])).toList();

  /** Returns every fault that the operators can seed, in the order of files and lines. */
  static List<Fault> all() throws IOException {
    List<Path> files;
    try (Stream<Path> walked = Files.walk(SOURCES)) {
      files = walked.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
    Set<Fault> faults = new LinkedHashSet<>();
    for (Path file : files) {
      in(file, faults);
    }
    return new ArrayList<>(faults);
  }

  private static void in(Path file, Set<Fault> faults) throws IOException {
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String code = line.strip();
      if (code.startsWith("*") || code.startsWith("/") || code.startsWith("import")) {
        continue;
      }
      for (int k = 0; k < OPERATORS.length; k++) {
        Matcher matcher = PATTERNS.get(k).matcher(line);
        if (matcher.find() && !inText(line, matcher.start())) {
          String wrong = matcher.replaceFirst(OPERATORS[k][1]);
          if (!wrong.equals(line)) {
            faults.add(new Fault(file, i, line, wrong));
          }
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

  /** Returns the last name of the package in which it is. */
  String packageName() {
    return file.getParent().getFileName().toString();
  }

  /** Returns the package in which it is, with a dot. */
  String room() {
    return packageName() + ".";
  }

  /** Tells whether it may be in what a class computes once, when it is initialized. */
  boolean isOfConstant() throws IOException {
    List<String> lines = Files.readAllLines(file);
    if (lines.contains("  static {")) {
      return true; // there, or in a method that it calls
    }
    int first = line;
    while (first > 0 && !lines.get(first - 1).matches(".*[;{}]|\\s*|.*;\\s*//.*")) {
      first--;
    }
    return lines.get(first).contains("static final");
  }

  /** Returns how the list of equivalent faults names this one. */
  String name() {
    return SOURCES.relativize(file) + ": " + wrong.strip();
  }

  @Override
  public String toString() {
    return "%s:%d: %s  =>  %s"
        .formatted(SOURCES.relativize(file), line + 1, right.strip(), wrong.strip());
  }
}
