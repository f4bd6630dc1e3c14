package dev.sonde.exporters.otel;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import java.util.Collection;

/** A log record exporter whose outcomes are noted. */
final class WatchedLogExporter implements LogRecordExporter {
  private final LogRecordExporter exporter;
  private final OtlpDelivery delivery;

  WatchedLogExporter(LogRecordExporter exporter, OtlpDelivery delivery) {
    this.exporter = exporter;
    this.delivery = delivery;
  }

  @Override
  public CompletableResultCode export(Collection<LogRecordData> logs) {
    int records = logs.size(); // the SDK may reuse the collection once this returns
    CompletableResultCode result = exporter.export(logs);
    return result.whenComplete(() -> delivery.logsDone(result, records));
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  @Override
  public String toString() {
    return exporter.toString();
  }
}
