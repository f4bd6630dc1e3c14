package dev.sonde.examples.demo;

import java.util.List;

/**
 * What {@code ./sonde demo} was told.
 *
 * @param turns how many pairs of turns are measured; 0: as many as it takes
 * @param c2 whether the JVMs use both of their compilers. C2 is busy with H2 for about a minute a
 *     JVM, and until it is done the JVM that is further on wins; C1 is done in seconds, and what
 *     tracing adds weighs about the same
 */
record DemoOptions(int turns, boolean c2) {
  static final String WANT = "[--turns 1 to 99] [--c2]";

  /** Throws IllegalArgumentException for what is not an option. */
  static DemoOptions parse(String... args) {
    int turns = 0;
    boolean c2 = false;
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--c2")) {
        c2 = true;
      } else if (args[i].equals("--turns")
          && i + 1 < args.length
          && args[i + 1].matches("[1-9][0-9]?")) {
        i++;
        turns = Integer.parseInt(args[i]);
      } else {
        throw new IllegalArgumentException("got " + String.join(" ", args) + ", want " + WANT);
      }
    }
    return new DemoOptions(turns, c2);
  }

  /** Options of both JVMs. */
  List<String> jvm() {
    return c2 ? List.of() : List.of("-XX:TieredStopAtLevel=1");
  }

  /** How long they warm up at most. */
  int warmUpSeconds() {
    return c2 ? 180 : 12;
  }

  String compilers() {
    return c2
        ? "C1 and C2, with a longer warm-up"
        : "C1 alone (C2 is busy with H2 for a minute: ./sonde demo --c2)";
  }
}
