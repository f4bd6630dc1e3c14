package dev.sonde.exporters.otel;

import dev.sonde.exporters.ExportPipeline;
import dev.sonde.exporters.signal.ExportLog;
import java.time.Duration;
import java.util.Map;

/** A JVM that exports nothing but the pipeline's own counters, as its environment says. */
final class EnvironmentMain {
  private EnvironmentMain() {}

  public static void main(String[] args) {
    ExportLog log =
        new ExportLog() {
          @Override
          public void info(String message) {
            System.out.println(message);
          }

          @Override
          public void warn(String message) {
            System.out.println(message);
          }
        };
    ExportPipeline pipeline =
        ExportPipeline.builder(log)
            .resource("service.name", "from-config")
            .otlp(Map.of("otel.exporter.otlp.endpoint", args[0]))
            .interval(Duration.ofSeconds(30))
            .build();
    pipeline.start();
    pipeline.close();
    System.out.println(pipeline.counters());
  }
}
