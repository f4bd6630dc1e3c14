package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A thread that runs out of stack in the middle of a record does not take the ring with it. */
class StackEndTest {
  private static final int ROUNDS = Boolean.getBoolean("sonde.long") ? 2000 : 60;

  static Stream<Arguments> jvms() {
    return Stream.of(
        Arguments.of(17, "-Xint"),
        Arguments.of(17, "-XX:TieredStopAtLevel=1"),
        Arguments.of(17, "-XX:+TieredCompilation"),
        Arguments.of(25, "-Xint"),
        Arguments.of(25, "-XX:+TieredCompilation"));
  }

  @ParameterizedTest
  @MethodSource("jvms")
  void recordsArriveAfterwards(int jdk, String flag) throws Exception {
    run(jdk, flag + " -Dsonde.rounds=" + ROUNDS, StackEnd.class);
  }

  @ParameterizedTest
  @MethodSource("jvms")
  void noLockStaysTaken(int jdk, String flag) throws Exception {
    String cheap = flag + " -XX:MaxJavaStackTraceDepth=50"; // there are thousands of errors
    run(jdk, cheap + " -Dsonde.rounds=" + ROUNDS / 15, StackEndLocks.class);
  }

  private static void run(int jdk, String flags, Class<?> main) throws Exception {
    Path java = MatrixTest.java(jdk);
    assumeTrue(java != null, "no JDK " + jdk + " in /usr/lib/jvm");
    String output = MatrixTest.run(java, flags, main.getName());
    // The JDK says so where a thread finds no stack to have a class transformed that it loads.
    String ours =
        output
            .lines()
            .filter(line -> !line.startsWith("*** java.lang.instrument ASSERTION FAILED"))
            .collect(Collectors.joining("\n"));
    assertEquals("ok", ours.strip(), jdk + " " + flags);
  }
}
