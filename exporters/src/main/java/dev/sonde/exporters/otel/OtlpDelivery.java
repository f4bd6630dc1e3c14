package dev.sonde.exporters.otel;

import dev.sonde.exporters.signal.ExportLog;
import dev.sonde.exporters.signal.ExportTally;
import dev.sonde.exporters.signal.FailureNotice;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Keeps the books of what was handed to the SDK's exporters and what became of it. */
final class OtlpDelivery {
  private static final String DEFAULT_ENDPOINT = "http://localhost:4318";

  private final ExportTally tally;
  private final FailureNotice notice;
  private final FailureNotice profilesNotice;

  /** Log records that were emitted and neither sent nor failed yet. */
  private final AtomicLong inFlight = new AtomicLong();

  private volatile boolean failing;
  private volatile boolean logs;
  private volatile String endpoint = DEFAULT_ENDPOINT;

  OtlpDelivery(ExportTally tally, ExportLog log) {
    this.tally = tally;
    this.notice = new FailureNotice(log);
    this.profilesNotice = new FailureNotice(log);
  }

  void setEndpoint(@Nullable String configured) {
    endpoint = configured == null ? DEFAULT_ENDPOINT : configured;
  }

  /** Returns whether the last export failed. */
  boolean isFailing() {
    return failing;
  }

  boolean sendsLogs() {
    return logs;
  }

  /** Takes a place in the queue of {@code capacity} records; without one the record is dropped. */
  boolean tryAdmit(int capacity) {
    if (inFlight.incrementAndGet() <= capacity) {
      return true;
    }
    inFlight.decrementAndGet();
    tally.addDropped(1);
    return false;
  }

  MetricExporter watch(MetricExporter exporter) {
    return new WatchedMetricExporter(exporter, this);
  }

  LogRecordExporter watch(LogRecordExporter exporter) {
    logs = true;
    return new WatchedLogExporter(exporter, this);
  }

  void metricsDone(CompletableResultCode result, long points) {
    if (result.isSuccess()) {
      tally.addMetricPointsSent(points);
    }
    note(result, points + " metric points");
  }

  void logsDone(CompletableResultCode result, long records) {
    inFlight.addAndGet(-records);
    if (result.isSuccess()) {
      tally.addLogRecordsSent(records);
    } else {
      tally.addDropped(records);
    }
    note(result, records + " log records");
  }

  private void note(CompletableResultCode result, String what) {
    failing = !result.isSuccess();
    if (result.isSuccess()) {
      return;
    }
    Throwable cause = result.getFailureThrowable();
    failed("could not send " + what + (cause == null ? "" : " (" + rootOf(cause) + ")"));
  }

  /** A request of the profiles signal failed; what it carried goes with the next one. */
  void profilesFailed(URI uri, String what) {
    tally.addFailure();
    profilesNotice.failed(
        "otlp: %s: could not send profiles (%s), want a receiver of OTLP's profiles signal there (OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT) or OTEL_PROFILES_EXPORTER=none"
            .formatted(uri, what));
  }

  /** The receiver has not answered for {@code waitedNanos}. */
  void unanswered(long waitedNanos) {
    failing = true;
    failed("no answer within " + TimeUnit.NANOSECONDS.toMillis(waitedNanos) + " ms");
  }

  private void failed(String what) {
    tally.addFailure();
    notice.failed(
        "otlp: %s: %s, want an OTLP/HTTP receiver there (OTEL_EXPORTER_OTLP_ENDPOINT); tracing and the application go on"
            .formatted(endpoint, what));
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    for (int depth = 0; root.getCause() != null && depth < 8; depth++) {
      root = root.getCause();
    }
    return root;
  }
}
