package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.testapp.Work;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each step of privilege gets the best that it permits, and is told what the next would need. */
class PermissionLadderIT {
  private static final String NOBODY = "65534";
  private static final String[] USER = {
    "setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"
  };

  @TempDir static Path folder;

  @BeforeAll
  static void copyWhereEverybodyMayRead() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name"))
            && run(with(USER, "true")).exit == 0
            && run(with(caps("perfmon"), "true")).exit == 0,
        "needs root and setpriv: degrees of permission are not tested here");
    open(folder);
    copy(ChildJvm.JAR, folder.resolve("sonde.jar"));
    copy(TestPrograms.path("native"), folder.resolve("native.bpf.o"));
    Path classes = Path.of("target/test-classes/dev/sonde/testapp");
    Path to = Files.createDirectories(folder.resolve("classes/dev/sonde/testapp"));
    try (Stream<Path> all = Files.list(classes)) {
      for (Path file : all.toList()) {
        copy(file, to.resolve(file.getFileName().toString()));
      }
    }
    for (Path each = to; !each.equals(folder); each = each.getParent()) {
      open(each);
    }
    assumeTrue(
        run(with(USER, "test", "-r", folder.resolve("sonde.jar").toString())).exit == 0,
        "the temporary folder is not readable for others");
  }

  @Test
  void rootMayEverything() throws Exception {
    String feature = feature();
    assertTrue(feature.contains("perf_event             yes"), feature);
    assertTrue(feature.contains("uprobe, usdt           yes, by a recorder"), feature);
    assertTrue(!feature.contains("missing:"), feature);
  }

  @Test
  void aUserIsToldWhatIsMissingAndTheCommand() throws Exception {
    String feature = feature(USER);
    assertTrue(feature.contains("perf_event             own processes, user mode"), feature);
    assertTrue(feature.contains("uprobe, usdt           no"), feature);
    assertTrue(feature.contains("sysctl kernel.perf_event_paranoid=0"), feature);
    assertTrue(feature.contains("setpriv --inh-caps +perfmon,+bpf"), feature);
  }

  @Test
  void perfmonAloneSamplesEverybodyButHasNoUprobes() throws Exception {
    String feature = feature(caps("perfmon"));
    assertTrue(feature.contains("perf_event             yes"), feature);
    assertTrue(feature.contains("uprobe, usdt           no"), feature);
  }

  @Test
  void aUserSamplesHisOwnJvmAndIsRefusedUprobesInOneLine() throws Exception {
    Result sampled = shop(USER, "{name: sampled, frequency: 499}", "spin 300\nquit\n", "sampled");
    assertEquals(0, sampled.exit, sampled.out);
    assertTrue(sampled.out.contains("no kernel frames"), sampled.out);
    Result refused = shop(USER, "", "quit\n", "libc_entry");
    assertEquals(0, refused.exit, refused.out);
    String line =
        refused.out.lines().filter(l -> l.contains("EACCES")).findFirst().orElse(refused.out);
    assertTrue(line.contains("CAP_PERFMON") && line.contains("sysctl"), refused.out);
    assertTrue(refused.out.contains("the application runs on"), refused.out);
  }

  @Test
  void perfmonAndBpfTraceFunctionsWithoutRoot() throws Exception {
    Result traced =
        shop(caps("perfmon,+bpf"), "", "parent 321\nsleep\nquit\n", "libc_entry", "libc_return");
    assertEquals(0, traced.exit, traced.out);
    assertTrue(traced.out.contains("libc:getppid: attached to 1 place"), traced.out);
    assertTrue(traced.out.contains("321"), traced.out);
  }

  @Test
  void underASeccompFilterTheReasonAndTheWayOutAreSaid() throws Exception {
    String[] deny = {deny()};
    String feature = feature(deny);
    assertTrue(feature.contains("perf_event             no"), feature);
    assertTrue(feature.contains("uprobe, usdt           no"), feature);
    assertTrue(feature.contains("tracepoint             no"), feature);
    List<String> missing = feature.lines().filter(line -> line.contains("missing:")).toList();
    assertEquals(2, missing.size(), feature);
    assertTrue(missing.get(0).contains("a seccomp filter; docker run --cap-add PERFMON"), feature);
    assertTrue(missing.get(1).contains("--cap-add BPF"), feature);
    for (String program : List.of("libc_entry", "sys_entry")) {
      Result refused = shop(deny, "", "quit\n", program);
      assertEquals(0, refused.exit, refused.out);
      List<String> said = refused.out.lines().filter(line -> line.contains("EPERM")).toList();
      assertEquals(1, said.size(), refused.out);
      assertTrue(said.get(0).contains("seccomp"), refused.out);
      assertTrue(refused.out.contains("the application runs on"), refused.out);
    }
    Result sampled = shop(deny, "", "spin 300\nquit\n", "sampled");
    assertEquals(0, sampled.exit, sampled.out);
    assertTrue(sampled.out.contains("samples come from JFR, of Java frames alone"), sampled.out);
    assertTrue(sampled.out.contains("a seccomp filter"), sampled.out);
  }

  /** What refuses perf here refuses it everywhere: seccomp, paranoid 3, no privilege. */
  @Test
  void aFlameGraphWithoutPerfEventsComesFromTheFlightRecorderAndSaysSo() throws Exception {
    Process work =
        new ProcessBuilder(
                java(), "-cp", folder.resolve("classes").toString(), Work.class.getName(), "300")
            .start();
    try {
      assertEquals('r', work.getInputStream().read());
      String[] deny = {deny()};
      Path page = folder.resolve("refused.html");
      Result flame = sonde(deny, "flame", "" + work.pid(), "-d", "3s", "-o", page.toString());
      assertEquals(0, flame.exit, flame.out);
      List<String> said = flame.out.lines().filter(line -> line.contains("only Java")).toList();
      assertEquals(1, said.size(), flame.out);
      assertTrue(said.get(0).contains("by JFR") && said.get(0).contains("seccomp"), flame.out);
      assertTrue(said.get(0).contains("--cap-add PERFMON"), flame.out);
      assertTrue(Files.readString(page).contains("Work.step"), flame.out);
      Result offcpu = sonde(deny, "record", "" + work.pid(), "-e", "offcpu", "-o", page.toString());
      assertEquals(1, offcpu.exit, "JFR has no off-CPU time: " + offcpu.out);
      assertTrue(offcpu.out.contains("--cap-add PERFMON"), offcpu.out);
    } finally {
      work.destroyForcibly();
    }
  }

  @Test
  void inAnotherPidNamespaceEverythingIsTracedByTheIdsThere() throws Exception {
    String[] namespace = {"unshare", "--pid", "--fork", "--mount-proc"};
    assumeTrue(run(with(namespace, "true")).exit == 0, "no pid namespace can be made here");
    assertTrue(feature(namespace).contains("uprobe, usdt           yes, by a recorder"));
    Result traced =
        shop(
            namespace,
            "",
            "parent 321\ntotal 123\nthreads 5\nquit\n",
            "libc_entry",
            "libjvm_entry",
            "thread_start");
    assertEquals(0, traced.exit, traced.out);
    assertTrue(traced.out.matches("(?s).*\\b321\\s+key=0.*"), traced.out);
    assertTrue(traced.out.matches("(?s).*\\b123\\s+key=2.*"), traced.out);
    assertTrue(traced.out.matches("(?s).*\\b5\\s+key=4.*"), traced.out);
    Result foreign =
        shop(
            namespace,
            "{name: libc_entry, scope: \"pid:%d\"}".formatted(ProcessHandle.current().pid()),
            "quit\n",
            "libc_entry");
    assertTrue(foreign.out.contains("its id in this pid namespace"), foreign.out);
  }

  /** Builds the command that runs another under a filter of system calls. */
  private static String deny() throws Exception {
    Path source = Path.of("src/test/resources/native/deny.c").toAbsolutePath();
    Path built = folder.resolve("deny");
    Result gcc = run(List.of("gcc", "-O1", "-o", built.toString(), source.toString()));
    assumeTrue(gcc.exit != 127, "no C compiler here: a seccomp filter is not tested");
    assertEquals(0, gcc.exit, gcc.out);
    return built.toString();
  }

  /** Runs the test application under its own agent; only {@code enabled} programs are attached. */
  private static Result shop(String[] as, String settings, String commands, String... enabled)
      throws Exception {
    StringBuilder yaml = new StringBuilder("objects:\n  - file: native.bpf.o\n    programs:\n");
    for (String program :
        List.of(
            "libc_entry",
            "libc_return",
            "libjvm_entry",
            "gc_begin",
            "thread_start",
            "class_loaded",
            "compiled",
            "sys_entry",
            "sampled")) {
      if (!List.of(enabled).contains(program)) {
        yaml.append("      - {name: %s, enabled: false}%n".formatted(program));
      }
    }
    yaml.append(settings.isEmpty() ? "" : "      - " + settings + "\n");
    yaml.append("export: {console: summary, metrics: [{map: counts, name: counts}]}\n");
    Path config = folder.resolve("ladder-%d.yaml".formatted(System.nanoTime()));
    Files.writeString(config, yaml);
    open(config);
    Path input = Files.writeString(folder.resolve("input"), commands);
    open(input);
    List<String> command =
        with(
            as,
            java(),
            "-javaagent:%s=%s".formatted(folder.resolve("sonde.jar"), config),
            "-cp",
            folder.resolve("classes").toString(),
            "dev.sonde.testapp.Shop");
    return run(command, input);
  }

  private static String feature(String... as) throws Exception {
    Result result = sonde(as, "feature");
    assertEquals(0, result.exit, result.out);
    return result.out;
  }

  private static Result sonde(String[] as, String... arguments) throws Exception {
    List<String> command = with(as, java(), "-jar", folder.resolve("sonde.jar").toString());
    command.addAll(List.of(arguments));
    return run(command);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin/java").toString();
  }

  private static String[] caps(String names) {
    return with(USER, "--inh-caps", "+" + names, "--ambient-caps", "+" + names)
        .toArray(String[]::new);
  }

  private static List<String> with(String[] as, String... more) {
    List<String> all = new ArrayList<>(List.of(as));
    all.addAll(List.of(more));
    return all;
  }

  private record Result(int exit, String out) {}

  private static Result run(List<String> command) throws Exception {
    return run(command, Path.of("/dev/null"));
  }

  private static Result run(List<String> command, Path input) throws Exception {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(input.toFile())
              .directory(Path.of("/tmp").toFile())
              .start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), out);
      return new Result(process.exitValue(), out);
    } catch (IOException noSuchCommand) {
      return new Result(127, noSuchCommand.getMessage());
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to);
    open(to);
  }

  private static void open(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
