package dev.sonde.exporters.otel;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.signal.ExportLog;
import dev.sonde.exporters.signal.ExportTally;
import dev.sonde.exporters.signal.MetricReading;
import dev.sonde.exporters.signal.Sink;
import dev.sonde.vm.context.OwnThreads;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Metrics and log records through the OpenTelemetry SDK, configured as any SDK is: by OTEL_*
 * variables and otel.* properties.
 *
 * <p>Records wait in the SDK's bounded queue; when it is full they are dropped here and counted, so
 * that the thread that reads the rings never waits for a network.
 */
public final class OtelSink implements Sink {
  static final String SCOPE = "dev.sonde";
  private static final int QUEUE_RECORDS = 8192;

  /** How long a receiver may take to answer when all is to be sent; and one that has failed. */
  private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long HOPELESS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final MetricReading metrics;
  private final OtlpDelivery delivery;
  private final OpenTelemetrySdk sdk;
  private final Logger logger;
  private final @Nullable ProfileSender profiles;
  private int queueRecords = QUEUE_RECORDS;
  private @Nullable ConfigProperties config;
  private Resource merged = Resource.empty();

  /**
   * @param defaults properties that variables and system properties override
   * @param resource attributes that OTEL_RESOURCE_ATTRIBUTES overrides
   * @param interval between two exports of metrics, unless OTEL_METRIC_EXPORT_INTERVAL says
   * @throws RuntimeException if a variable has a value that the SDK does not know
   */
  public OtelSink(
      MetricReading metrics,
      Map<String, String> defaults,
      Map<String, String> resource,
      Duration interval,
      ExportTally tally,
      ExportLog log) {
    this.metrics = metrics;
    this.delivery = new OtlpDelivery(tally, log);
    Thread self = Thread.currentThread();
    ClassLoader before = self.getContextClassLoader();
    self.setContextClassLoader(null); // threads inherit it from who makes them: ours have none
    try {
      this.sdk = configured(properties(defaults, interval), resource).getOpenTelemetrySdk();
      this.profiles = profileSender();
    } finally {
      self.setContextClassLoader(before);
    }
    this.logger = sdk.getSdkLoggerProvider().get(SCOPE);
  }

  private static Map<String, String> properties(Map<String, String> defaults, Duration interval) {
    Map<String, String> properties = new HashMap<>();
    properties.put("otel.traces.exporter", "none");
    properties.put("otel.exporter.otlp.protocol", "http/protobuf");
    properties.put("otel.metric.export.interval", String.valueOf(interval.toMillis()));
    properties.put("otel.blrp.max.queue.size", String.valueOf(QUEUE_RECORDS));
    properties.put("otel.blrp.schedule.delay", "500");
    properties.putAll(defaults);
    return properties;
  }

  /** Profiles are sent only on demand: OTEL_PROFILES_EXPORTER=otlp. */
  private @Nullable ProfileSender profileSender() {
    ConfigProperties properties = config;
    if (properties == null) {
      return null;
    }
    String exporter = properties.getString("otel.profiles.exporter", "none");
    return switch (exporter) {
      case "none" -> null;
      case "otlp" -> new ProfileSender(properties, merged, delivery);
      default ->
          throw new IllegalArgumentException(
              "OTEL_PROFILES_EXPORTER: got \"%s\", want none or otlp".formatted(exporter));
    };
  }

  private AutoConfiguredOpenTelemetrySdk configured(
      Map<String, String> properties, Map<String, String> resource) {
    MapMetricProducer producer = new MapMetricProducer(metrics);
    return AutoConfiguredOpenTelemetrySdk.builder()
        .disableShutdownHook()
        .setServiceClassLoader(OtelSink.class.getClassLoader())
        .addPropertiesSupplier(() -> properties)
        .addPropertiesCustomizer(
            found -> {
              config = found;
              queueRecords = found.getInt("otel.blrp.max.queue.size", QUEUE_RECORDS);
              delivery.setEndpoint(found.getString("otel.exporter.otlp.endpoint"));
              return Map.of();
            })
        .addResourceCustomizer((found, c) -> merged = ProcessResource.merge(found, resource))
        .addMeterProviderCustomizer((builder, c) -> builder.registerMetricProducer(producer))
        .addMetricExporterCustomizer((exporter, c) -> delivery.watch(exporter))
        .addLogRecordExporterCustomizer((exporter, c) -> delivery.watch(exporter))
        .build();
  }

  @Override
  public String name() {
    return "otlp";
  }

  @Override
  public void event(EventRecord record) {
    if (!delivery.sendsLogs()) {
      return; // OTEL_LOGS_EXPORTER=none
    }
    if (delivery.tryAdmit(queueRecords)) {
      LogRecords.emit(logger, record);
    }
  }

  @Override
  public void profile(Profile profile) {
    if (profiles != null) {
      profiles.offer(profile);
    }
  }

  @Override
  public void flush(long timeoutNanos) {
    flushSdk(timeoutNanos);
    if (profiles != null) {
      profiles.flush(FLUSH_NANOS);
    }
  }

  private void flushSdk(long timeoutNanos) {
    long limit = delivery.isFailing() ? HOPELESS_NANOS : Math.min(timeoutNanos, FLUSH_NANOS);
    CompletableResultCode sent =
        CompletableResultCode.ofAll(
            List.of(
                sdk.getSdkMeterProvider().forceFlush(), sdk.getSdkLoggerProvider().forceFlush()));
    if (!sent.join(limit, TimeUnit.NANOSECONDS).isDone()) {
      delivery.unanswered(limit);
    }
  }

  /**
   * The SDK's own shutdown may wait for a dead receiver longer than a JVM's end should take: it
   * goes on in a daemon thread.
   */
  @Override
  public void close() {
    Thread shutdown = OwnThreads.start("sonde-otlp-shutdown", sdk::close);
    long limit = delivery.isFailing() ? HOPELESS_NANOS : FLUSH_NANOS;
    try {
      shutdown.join(TimeUnit.NANOSECONDS.toMillis(limit));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
