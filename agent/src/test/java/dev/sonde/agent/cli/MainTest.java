package dev.sonde.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with a command is said in words, without a stack trace, by the exit code. */
class MainTest {
  private static final String NOBODY = "999999999";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attach NOBODY -c x.yaml",
        "detach NOBODY",
        "dump NOBODY",
        "status NOBODY",
        "list NOBODY *",
        "header jdk.GarbageCollection -p NOBODY",
        "run FINE -p NOBODY",
        "top NOBODY -n 1",
        "flame NOBODY -d 1s",
        "record NOBODY -d 1s -o x.html",
        "record NOBODY -d 1s -o x.html -e lock",
        "trace NOBODY",
        "map dump NOBODY counts"
      })
  void aProcessThatIsNotThereIsSaid(String command) throws Exception {
    Said said = sonde(command);
    assertEquals(1, said.exit, said.err);
    assertTrue(said.err.contains("process " + NOBODY + ": no such process"), said.err);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "attach",
        "attach nobody -c x.yaml",
        "detach",
        "detach x",
        "dump x",
        "status x",
        "list --nonsense",
        "header",
        "run FINE",
        "run FINE -p x",
        "run FINE -p 1 -d soon",
        "top",
        "top x",
        "flame x",
        "flame 1 -d soon",
        "flame 1 -F 0",
        "flame 1 --stack-size 1",
        "flame 1 -o x.docx",
        "record 1",
        "record 1 -o x.html -e nonsense",
        "record 1 -o x.docx",
        "trace x",
        "map dump x counts",
        "map nonsense",
        "prog verify",
        "prog verify FINE --log-level 9",
        "prog run",
        "prog run FINE --repeat x",
        "prog dump",
        "prog nonsense",
        "ring",
        "ring cat",
        "conformance --engine nonsense",
        "feature --nonsense"
      })
  void aWrongUsageIsSaid(String command) throws Exception {
    Said said = sonde(command);
    assertEquals(2, said.exit, said.err);
    assertTrue(said.err.startsWith("sonde: "), said.err);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "prog verify OBJECT",
        "prog verify OBJECT --json",
        "prog run OBJECT",
        "prog dump OBJECT",
        "prog dump OBJECT --jit",
        "run OBJECT -p SELF",
        "ring cat OBJECT"
      })
  void anObjectThatIsMissingCutOrNoneIsSaid(String command) throws Exception {
    byte[] whole = Files.readAllBytes(Path.of("src/test/resources/programs/shop.bpf.o"));
    List<byte[]> broken = new ArrayList<>();
    for (int size : new int[] {0, 1, 16, 63, 64, whole.length / 3, whole.length - 1}) {
      broken.add(java.util.Arrays.copyOf(whole, size));
    }
    broken.add("no object at all".getBytes(StandardCharsets.UTF_8));
    Path file = folder.resolve("broken.bpf.o");
    for (byte[] bytes : broken) {
      Files.write(file, bytes);
      Said said = sonde(command.replace("OBJECT", file.toString()));
      assertEquals(1, said.exit, bytes.length + " bytes: " + said.err);
      assertTrue(said.err.contains("broken.bpf.o"), said.err);
    }
    Said said = sonde(command.replace("OBJECT", folder.resolve("gone.bpf.o").toString()));
    assertEquals(1, said.exit, said.err);
    assertTrue(said.err.contains("gone.bpf.o: no such file"), said.err);
  }

  @Test
  void aProcessThatIsNoJvmIsSaidAndRunsOn() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      for (String command :
          List.of(
              "status PID", "detach PID", "top PID", "trace PID", "record PID -e lock -o x.html")) {
        Said said = sonde(command.replace("PID", "" + sleep.pid()));
        assertEquals(1, said.exit, said.err);
        assertTrue(said.err.contains("want a HotSpot JVM"), said.err);
        assertTrue(sleep.isAlive(), command);
      }
    } finally {
      sleep.destroyForcibly();
    }
  }

  @Test
  void programsThatWantWhatIsNotHereCostTheOthersNothing() throws Exception {
    String partly = "src/test/resources/programs/partly.bpf.o";
    Said all = sonde("prog verify " + partly);
    assertEquals(1, all.exit);
    assertTrue(all.out.contains("fine: accepted, processed 2 insns"), all.out);
    String kfunc = "program \"wants_kfunc\": kfunc \"no_such_kfunc\": no such one";
    assertTrue(all.out.contains("wants_kfunc: rejected (EINVAL)"), all.out);
    assertTrue(all.out.contains(kfunc), all.out);
    assertTrue(all.out.contains("extern \"no_such_symbol\": not in /proc/kallsyms"), all.out);
    String left = "sonde: program \"elsewhere\": left out: section \"fentry/vfs_read\": ";
    assertTrue(all.err.contains(left), all.err);
    JsonNode verdicts = new ObjectMapper().readTree(sonde("prog verify --json " + partly).out);
    assertEquals(
        List.of("fine", "wants_kfunc", "wants_symbol"), verdicts.findValuesAsText("program"));
    assertEquals(List.of("true", "false", "false"), verdicts.findValuesAsText("ok"));
    assertEquals(0, sonde("prog verify --program fine " + partly).exit);
    Said one = sonde("prog verify --program wants_kfunc " + partly);
    assertEquals(1, one.exit);
    assertTrue(one.err.contains(kfunc), one.err);
  }

  private record Said(int exit, String out, String err) {}

  private Said sonde(String command) throws IOException {
    String[] words =
        Stream.of(command.split(" "))
            .map(word -> word.equals("NOBODY") ? NOBODY : word)
            .map(word -> word.equals("SELF") ? "" + ProcessHandle.current().pid() : word)
            .map(word -> word.equals("FINE") ? "src/test/resources/programs/shop.bpf.o" : word)
            .toArray(String[]::new);
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (PrintStream to = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      System.setErr(to);
      int exit = Main.run(words);
      String text = said.toString(StandardCharsets.UTF_8);
      assertFalse(text.contains("\tat "), "a stack trace:\n" + text);
      return new Said(exit, printed.toString(StandardCharsets.UTF_8), text);
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
