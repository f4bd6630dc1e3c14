package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Arrows between packages run down only: docs/ARCHITECTURE.md, sections 1 and 2. */
class LayeringTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern ARROW =
      Pattern.compile("^\\s+(dev\\.sonde\\S*)\\s+->\\s+(\\S+)\\s.*");

  /**
   * A module, its packages from the top floor down (those of one floor in one string, apart by a
   * space: they do not see each other), the modules that it may see, and the packages of others.
   */
  record Room(String module, List<String> floors, Set<String> sees, List<String> libraries) {
    @Override
    public String toString() {
      return module;
    }
  }

  static Stream<Room> rooms() {
    return Stream.of(
        new Room("ringbuf", List.of("ringbuf"), Set.of(), List.of()),
        new Room("perf-buffer", List.of("perfbuffer"), Set.of("ringbuf"), List.of()),
        new Room(
            "vm",
            List.of(
                "vm",
                "vm.interp",
                "vm.elf",
                "vm.program",
                "vm.helper",
                "vm.map",
                "vm.context",
                "vm.stacktrace",
                "vm.btf",
                "vm.memory",
                "vm.isa"),
            Set.of("ringbuf", "perfbuffer"),
            List.of("jdk.internal.misc", "jdk.internal.access")),
        new Room(
            "verifier",
            List.of(
                "verifier",
                "verifier.explore",
                "verifier.certify",
                "verifier.require",
                "verifier.transfer",
                "verifier.facts",
                "verifier.domain",
                "verifier.cfg",
                "verifier.log"),
            Set.of("vm"),
            List.of()),
        new Room(
            "jit",
            List.of("jit", "jit.emit", "jit.plan"),
            Set.of("verifier", "vm"),
            List.of("net.bytebuddy.jar.asm")),
        new Room(
            "probes",
            List.of(
                "probes.record",
                "probes.method probes.jfr probes.timer probes.perf probes.uprobe probes.kernel",
                "probes",
                "probes.bridge",
                "probes.stack",
                "probes.hotspot probes.sample",
                "probes.unwind",
                "probes.elf",
                "probes.linux"),
            Set.of("vm", "perfbuffer", "ringbuf"),
            List.of("net.bytebuddy", "com.sun.jna", "com.sun.management")),
        new Room(
            "exporters",
            List.of(
                "exporters",
                "exporters.otel exporters.prometheus exporters.console",
                "exporters.stream",
                "exporters.signal",
                "exporters.flame exporters.decode",
                "exporters.profile",
                "exporters.symbol"),
            Set.of("vm", "perfbuffer", "ringbuf"),
            List.of("io.opentelemetry")),
        new Room(
            "agent",
            List.of(
                "agent",
                "agent.cli",
                "agent.record",
                "agent.control",
                "agent.session",
                "agent.config",
                "agent.boot agent.pack"),
            Set.of("exporters", "jit", "probes", "verifier", "vm", "ringbuf", "perfbuffer"),
            List.of(
                "com.fasterxml.jackson",
                "org.yaml.snakeyaml",
                "net.bytebuddy.jar.asm",
                "picocli")));
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void arrowsRunDown(Room room) {
    List<String[]> arrows = arrows(room.module);
    assertTrue(!arrows.isEmpty() || isEmpty(room.module), room.module + ": jdeps saw no arrow");
    Set<String> wrong = new TreeSet<>();
    for (String[] arrow : arrows) {
      if (!allowed(room, arrow[0], arrow[1])) {
        wrong.add(arrow[0] + " -> " + arrow[1]);
      }
    }
    assertEquals(Set.of(), wrong, room.module + ": arrows that do not run down");
  }

  private static boolean allowed(Room room, String from, String to) {
    if (to.startsWith("java.") || to.startsWith("javax.") || to.startsWith("jdk.jfr")) {
      return true;
    }
    if (to.startsWith("com.sun.net.httpserver") || to.startsWith("org.jspecify")) {
      return true;
    }
    if (!to.startsWith("dev.sonde.")) {
      return room.libraries.stream().anyMatch(to::startsWith);
    }
    String target = to.substring("dev.sonde.".length());
    String module = target.contains(".") ? target.substring(0, target.indexOf('.')) : target;
    if (room.sees.contains(module)) {
      return true;
    }
    int fromFloor = floor(room, from.substring("dev.sonde.".length()));
    int toFloor = floor(room, target);
    return from.equals(to) || fromFloor >= 0 && toFloor >= 0 && fromFloor < toFloor;
  }

  private static int floor(Room room, String name) {
    for (int i = 0; i < room.floors.size(); i++) {
      if (List.of(room.floors.get(i).split(" ")).contains(name)) {
        return i;
      }
    }
    return -1;
  }

  private static List<String[]> arrows(String module) {
    if (isEmpty(module)) {
      return List.of();
    }
    StringWriter out = new StringWriter();
    ToolProvider.findFirst("jdeps")
        .orElseThrow()
        .run(
            new PrintWriter(out),
            new PrintWriter(out),
            "-verbose:package",
            "--multi-release",
            "base",
            "--ignore-missing-deps",
            "-cp",
            System.getProperty("java.class.path"),
            ROOT.resolve(module).resolve("target/classes").toString());
    List<String[]> arrows = new ArrayList<>();
    out.toString()
        .lines()
        .map(ARROW::matcher)
        .filter(Matcher::matches)
        .forEach(m -> arrows.add(new String[] {m.group(1), m.group(2)}));
    return arrows;
  }

  private static boolean isEmpty(String module) {
    return !Files.isDirectory(ROOT.resolve(module).resolve("target/classes"));
  }
}
