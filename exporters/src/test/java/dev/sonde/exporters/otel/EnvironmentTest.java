package dev.sonde.exporters.otel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The variables that every OpenTelemetry SDK honours, in child JVMs that have them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EnvironmentTest {
  private static final String NOWHERE = "http://127.0.0.1:9";

  private static String run(String configuredEndpoint, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("dev.sonde.exporters.otel.EnvironmentMain", configuredEndpoint));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("OTEL_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private static Map<String, String> resource(OtlpServer server) {
    return OtlpServer.attributes(server.resources.get(0).getAttributesList());
  }

  @Test
  void endpointServiceAndResourceOfTheEnvironmentWin() throws Exception {
    try (OtlpServer server = new OtlpServer(200)) {
      run(
          NOWHERE,
          Map.of(
              "OTEL_EXPORTER_OTLP_ENDPOINT",
              server.endpoint(),
              "OTEL_SERVICE_NAME",
              "from-environment",
              "OTEL_RESOURCE_ATTRIBUTES",
              "deployment.environment.name=test,host.name=other"));
      assertEquals("from-environment", resource(server).get("service.name"));
      assertEquals("test", resource(server).get("deployment.environment.name"));
      assertEquals("other", resource(server).get("host.name"));
      assertEquals("sonde", resource(server).get("telemetry.distro.name"));
      assertEquals(0, server.latest("sonde.records.lost").getSum().getDataPoints(0).getAsInt());
    }
  }

  @Test
  void theConfigurationHoldsWhereTheEnvironmentSaysNothing() throws Exception {
    try (OtlpServer server = new OtlpServer(200)) {
      run(server.endpoint(), Map.of());
      assertEquals("from-config", resource(server).get("service.name"));
    }
  }

  @Test
  void noMetricsAreSentWhenTheExporterIsNone() throws Exception {
    try (OtlpServer server = new OtlpServer(200)) {
      run(server.endpoint(), Map.of("OTEL_METRICS_EXPORTER", "none"));
      assertEquals(List.of(), server.metrics);
    }
  }

  @Test
  void aDisabledSdkSendsNothing() throws Exception {
    try (OtlpServer server = new OtlpServer(200)) {
      run(server.endpoint(), Map.of("OTEL_SDK_DISABLED", "true"));
      assertEquals(List.of(), server.metrics);
    }
  }

  @Test
  void anExporterThatTheJarLacksIsNamedAndTheRestGoesOn() throws Exception {
    String output = run(NOWHERE, Map.of("OTEL_METRICS_EXPORTER", "carrier-pigeon"));
    assertTrue(output.contains("carrier-pigeon"), output);
    assertTrue(output.contains("this export is off"), output);
    assertTrue(output.contains("ExportCounters["), output);
  }

  @Test
  void anUnknownProfilesExporterIsRefusedWithTheChoices() throws Exception {
    String output = run(NOWHERE, Map.of("OTEL_PROFILES_EXPORTER", "jfr"));
    assertTrue(output.contains("OTEL_PROFILES_EXPORTER: got \"jfr\", want none or otlp"), output);
    assertFalse(output.contains("\tat "), output);
  }
}
