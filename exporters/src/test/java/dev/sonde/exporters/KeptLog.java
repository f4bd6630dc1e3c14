package dev.sonde.exporters;

import dev.sonde.exporters.signal.ExportLog;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A log that keeps its lines. */
public final class KeptLog implements ExportLog {
  public final List<String> lines = new CopyOnWriteArrayList<>();

  @Override
  public void info(String message) {
    lines.add("info: " + message);
  }

  @Override
  public void warn(String message) {
    lines.add("warn: " + message);
  }
}
