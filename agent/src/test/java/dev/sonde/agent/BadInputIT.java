package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is wrong is said clearly, and the application runs on to its normal end. */
class BadInputIT {
  private static final Path SHOP = TestPrograms.path("shop");
  private static final Path WILD = TestPrograms.path("wild");

  private static final Path PARTLY = TestPrograms.path("partly");
  private static final String WITHOUT =
      "{name: wants_kfunc, enabled: false}, {name: wants_symbol, enabled: false}";

  @TempDir Path folder;

  /** The YAML, and what stderr must say. */
  static Stream<Arguments> mistakes() {
    return Stream.of(
        argumentSet(
            "not YAML", "objects: [\nexport: }", "shop.yaml:2: (document): not YAML: expected"),
        argumentSet(
            "an unknown key",
            "objekts: []",
            "shop.yaml:1: objekts: unknown key, did you mean \"objects\"?"),
        argumentSet("no object file", "objects: [{file: gone.bpf.o}]", "gone.bpf.o: no such file"),
        argumentSet(
            "an object that is a text", "objects: [{file: shop.yaml}]", "object %s/shop.yaml: "),
        argumentSet(
            "a program that is not in the object",
            "objects: [{file: %s, programs: [{name: solt}]}]".formatted(SHOP),
            "program \"solt\": not in the object, want sold"),
        argumentSet(
            "a variable that is not in the object",
            "objects: [{file: %s, variables: {leest_amount: 1}}]".formatted(SHOP),
            "leest_amount"),
        argumentSet(
            "a program that is not safe",
            "objects: [{file: %s}]".formatted(WILD),
            "R0 invalid mem access 'map_value_or_null'"),
        argumentSet(
            "a program that wants what is not there",
            "objects: [{file: %s}]".formatted(PARTLY),
            "program \"wants_kfunc\": kfunc \"no_such_kfunc\": no such one"),
        argumentSet(
            "a program of no type",
            "objects: [{file: %s, programs: [%s, {name: elsewhere}]}]".formatted(PARTLY, WITHOUT),
            "program \"elsewhere\": section \"fentry/vfs_read\": no type of program here"),
        argumentSet(
            "a target that is none",
            "objects: [{file: %s, programs: [{name: sold, attach: nonsense}]}]".formatted(SHOP),
            "target: got \"nonsense\", want"),
        argumentSet(
            "a map that is not there",
            "objects: [{file: %s}]\nexport: {metrics: [{map: sale}]}".formatted(SHOP),
            "export.metrics: session \"shop\": map \"sale\": no object has it, want sales"),
        argumentSet(
            "a target that matches nothing",
            "objects: [{file: %s, programs: [{name: sold, attach: method/java.util.HashMap.putt}]}]"
                .formatted(SHOP),
            "method/java.util.HashMap.putt: matches no loaded method yet, did you mean"),
        argumentSet(
            "an output file that cannot be written",
            "objects: [{file: %s}]\nexport: {stacks: [{counts: sales, stacks: stacks}], files: [/nowhere/x.html]}"
                .formatted(SHOP),
            "/nowhere/x.html"),
        argumentSet(
            "an unknown suffix of an output file",
            "objects: [{file: %s}]\nexport: {files: [x.docx]}".formatted(SHOP),
            "x.docx"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsSaidAndTheApplicationRunsOn(String yaml, String said) throws Exception {
    Path config = write("shop.yaml", yaml);
    try (ChildJvm child = ChildJvm.start(currentJdk(), ChildJvm.agent(config))) {
      assertEquals("sold 5", child.ask("sell 1").replace("sold 6", "sold 5"));
      assertEquals(0, child.quit());
      assertTrue(
          child.stderr().contains(said.formatted(folder)),
          () -> "want \"" + said + "\" in:\n" + stderr(child));
    }
  }

  @Test
  void whatIsSwitchedOffMayWantWhatIsNotThere() throws Exception {
    Path config =
        write("shop.yaml", "objects: [{file: %s, programs: [%s]}]".formatted(PARTLY, WITHOUT));
    try (ChildJvm child = ChildJvm.start(currentJdk(), ChildJvm.agent(config))) {
      Sonde.Result status = Sonde.run("status", child.pid());
      assertTrue(status.out().contains("fine"), status.out());
      assertEquals(0, child.quit());
    }
  }

  @Test
  void aMissingConfigurationIsSaid() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(currentJdk(), ChildJvm.agent(folder.resolve("none.yaml")))) {
      assertEquals(0, child.quit());
      assertTrue(child.stderr().contains("none.yaml: no such file, want a YAML file"));
    }
  }

  @Test
  void aTruncatedObjectIsRefusedWhereverItEnds() throws Exception {
    byte[] whole = Files.readAllBytes(SHOP);
    for (int size : new int[] {0, 16, 63, 64, whole.length / 3, whole.length - 1}) {
      Files.write(folder.resolve("cut.bpf.o"), Arrays.copyOf(whole, size));
      Path config = write("shop.yaml", "objects: [{file: cut.bpf.o}]");
      try (ChildJvm child = ChildJvm.start(currentJdk(), ChildJvm.agent(config))) {
        assertEquals(0, child.quit());
        assertTrue(child.stderr().contains("cut.bpf.o"), child.stderr());
      }
    }
  }

  @Test
  void aDeadCollectorIsSaidOnceAndCostsTheApplicationNothing() throws Exception {
    Path config =
        write(
            "shop.yaml",
            """
            objects: [{file: %s}]
            export:
              interval: 100ms
              console: off
              metrics: [{map: sales}]
              otlp: {endpoint: "http://127.0.0.1:9"}
            """
                .formatted(SHOP));
    try (ChildJvm child = ChildJvm.start(currentJdk(), ChildJvm.agent(config))) {
      child.ask("sell 1000");
      child.awaitStderr("127.0.0.1:9"); // after the exporter's own retries
      child.ask("sell 1000");
      assertEquals(0, child.quit());
      long complaints = child.stderr().lines().filter(l -> l.contains("127.0.0.1:9")).count();
      assertTrue(complaints >= 1 && complaints <= 3, child.stderr());
    }
  }

  @Test
  void anAttachToNothingIsSaid() throws Exception {
    Path config = write("shop.yaml", "objects: [{file: %s}]".formatted(SHOP));
    Sonde.Result result = Sonde.run("attach", 999_999_999L, "-c", config);
    assertEquals(1, result.exitCode());
    assertTrue(result.err().startsWith("sonde: attach: process 999999999: no such process"));
  }

  @Test
  void anAttachWithoutPermissionIsSaidAndHarmsNobody() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")) && Files.exists(Path.of("/usr/bin/setpriv")),
        "wants root and setpriv, to act as a user without permission");
    Path open =
        Files.createTempDirectory(
            "sonde-test",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Path jar = Files.copy(ChildJvm.JAR, open.resolve("sonde.jar"));
    List<String> nobody =
        List.of("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    try (ChildJvm child = ChildJvm.start(currentJdk())) {
      Sonde.Result result = Sonde.runWith(nobody, jar, "attach", child.pid(), "-c", "/x.yaml");
      assertEquals(1, result.exitCode(), result.err());
      assertTrue(result.err().contains("run as its user or as root"), result.err());
      assertEquals(0, child.quit());
    } finally {
      Files.delete(jar);
      Files.delete(open);
    }
  }

  @Test
  void aWrongUsageIsSaid() throws Exception {
    Sonde.Result result = Sonde.run("attach", "nobody");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().startsWith("sonde: attach: "), result.err());
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text);
    return file;
  }

  private static Path currentJdk() {
    return Path.of(System.getProperty("java.home"));
  }

  private static String stderr(ChildJvm child) {
    try {
      return child.stderr();
    } catch (IOException e) {
      return e.toString();
    }
  }
}
