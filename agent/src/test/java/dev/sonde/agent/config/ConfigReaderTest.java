package dev.sonde.agent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.exporters.signal.MetricKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigReaderTest {
  private static final Path FILE = Path.of("/etc/sonde/orders.yaml");

  @Test
  void everyKeyIsRead() throws ConfigException {
    AgentConfig config =
        ConfigReader.parse(
            FILE,
            """
            session: h2
            log: debug
            jit: off
            verifier: {max-insns: 5000}
            service: {name: orders}
            objects:
              - file: h2.bpf.o
                variables: {threshold_ns: 20ms, debug: true, mask: 0x10}
                programs:
                  - name: on_return
                    attach: [methodret/a.B.c, methodret/a.B.d]
                    cookie: 7
                    order: 2
                    limits: {sample: 1/10, max-per-second: 50, min-duration: 1ms, max-cpu: 2.5%, max-run: 30ms}
                    filter: {subtype-of: java.sql.Statement, loader: app*}
                    scope: pid:77
                    event: page-faults
                    period: 100
                  - name: off
                    enabled: false
            export:
              interval: 2s
              console: live
              files: [out.collapsed, /var/out.html]
              otlp: {endpoint: "http://localhost:4318"}
              metrics:
                - {map: latency, kind: histogram, name: db.time, unit: ns, attributes: {k: kind}}
              records:
                - {map: slow, type: slow_event}
              stacks:
                - {counts: counts, stacks: stacks, unit: calls}
            """);
    assertEquals("h2", config.session());
    assertEquals(AgentConfig.LogLevel.DEBUG, config.log());
    assertEquals(AgentConfig.JitMode.OFF, config.jit());
    assertEquals(5000, config.maxProcessedInsns());
    assertEquals("orders", config.serviceName());
    AgentConfig.ObjectConfig object = config.objects().get(0);
    assertEquals(Path.of("/etc/sonde/h2.bpf.o"), object.file());
    assertEquals(Map.of("threshold_ns", 20_000_000L, "debug", 1L, "mask", 16L), object.variables());
    assertEquals(
        List.of(
            new AgentConfig.ProgramConfig(
                "on_return",
                true,
                List.of("methodret/a.B.c", "methodret/a.B.d"),
                7,
                2,
                new AgentConfig.LimitsConfig(10, 50, 1_000_000, 0.025, 30_000_000),
                new AgentConfig.FilterConfig(null, "java.sql.Statement", null, "app*"),
                new AgentConfig.KernelConfig("pid:77", "page-faults", 0, 100),
                AgentConfig.JfrConfig.NONE),
            new AgentConfig.ProgramConfig(
                "off",
                false,
                List.of(),
                0,
                0,
                AgentConfig.LimitsConfig.NONE,
                AgentConfig.FilterConfig.NONE,
                AgentConfig.KernelConfig.NONE,
                AgentConfig.JfrConfig.NONE)),
        object.programs());
    AgentConfig.ExportConfig export = config.export();
    assertEquals(2_000_000_000L, export.intervalNanos());
    assertEquals(AgentConfig.Console.LIVE, export.console());
    assertEquals(
        List.of(Path.of("/etc/sonde/out.collapsed"), Path.of("/var/out.html")), export.files());
    assertEquals(new AgentConfig.OtlpConfig("http://localhost:4318"), export.otlp());
    assertEquals(MetricKind.HISTOGRAM, export.metrics().get(0).kind());
    assertEquals(Map.of("k", "kind"), export.metrics().get(0).attributes());
    assertEquals("slow", export.records().get(0).name());
    assertEquals("calls", export.stacks().get(0).unit());
  }

  @Test
  void whatIsLeftOutHasItsDefault() throws ConfigException {
    AgentConfig config = ConfigReader.parse(FILE, "objects: [{file: a.o}]");
    assertEquals("orders", config.session());
    assertEquals(AgentConfig.JitMode.ON, config.jit());
    assertEquals(1_000_000_000L, config.export().intervalNanos());
    assertEquals(AgentConfig.Console.SUMMARY, config.export().console());
    assertNull(config.export().otlp());
    assertNull(config.serviceName());
  }

  @Test
  void anEmptyOtlpSectionSwitchesItOn() throws ConfigException {
    AgentConfig config = ConfigReader.parse(FILE, "objects: [{file: a.o}]\nexport: {otlp: {}}");
    assertEquals(new AgentConfig.OtlpConfig(null), config.export().otlp());
  }

  @Test
  void aMissingFileIsNamed(@TempDir Path folder) {
    Path file = folder.resolve("none.yaml");
    ConfigException e = assertThrows(ConfigException.class, () -> ConfigReader.read(file));
    assertEquals(file + ": no such file, want a YAML file", e.getMessage());
  }

  /** Each case: the YAML, a line {@code ---- }, and the whole message after the file's name. */
  static Stream<Path> rejected() throws IOException {
    return Files.list(Path.of("src/test/resources/config/reject")).sorted();
  }

  @ParameterizedTest
  @MethodSource("rejected")
  void aMistakeIsNamedWithItsLineAndPath(Path caseFile) {
    String[] parts = read(caseFile).split("----\n");
    ConfigException e =
        assertThrows(ConfigException.class, () -> ConfigReader.parse(Path.of("c.yaml"), parts[0]));
    assertEquals(parts[1].strip(), e.getMessage());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
