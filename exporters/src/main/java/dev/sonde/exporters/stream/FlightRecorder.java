package dev.sonde.exporters.stream;

import dev.sonde.exporters.profile.JsonText;
import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.symbol.Symbolizer;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A map that keeps the newest records, and the files that it is dumped to: JSON lines, of which the
 * first says what pulled the trigger and the others are records, oldest first.
 */
public final class FlightRecorder {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

  private final RecordPump pump;
  private final Path file;
  private int dumps;

  /**
   * What one dump wrote.
   *
   * @param name of the recorder
   * @param trigger what pulled it
   */
  public record Dump(String name, String trigger, Path file, int records) {}

  /**
   * @param source whose feed is a {@link DumpFeed}
   * @param file the name of the first dump's file, to which each adds its time and number
   */
  public FlightRecorder(RecordSource source, Symbolizer symbolizer, Path file) {
    this.pump = new RecordPump(source, symbolizer);
    this.file = file;
  }

  /** Returns the name of what it records. */
  public String name() {
    return pump.source().name();
  }

  /** Writes what the map holds now to a new file. */
  public synchronized Dump dump(String trigger) throws IOException {
    List<EventRecord> records = new ArrayList<>();
    pump.poll(records::add, Integer.MAX_VALUE);
    Instant now = Instant.now();
    Path to = target(now);
    if (to.getParent() != null) {
      Files.createDirectories(to.getParent());
    }
    try (Writer out = Files.newBufferedWriter(to)) {
      out.write(
          "{\"dump\":%s,\"trigger\":%s,\"time\":\"%s\",\"records\":%d}%n"
              .formatted(JsonText.quote(name()), JsonText.quote(trigger), now, records.size()));
      for (EventRecord record : records) {
        out.write(line(record));
      }
    }
    return new Dump(name(), trigger, to, records.size());
  }

  /** {@code flight.jsonl} becomes {@code flight-20260131-235959-999-1.jsonl}. */
  private Path target(Instant now) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    String stem = dot <= 0 ? name : name.substring(0, dot);
    String suffix = dot <= 0 ? ".jsonl" : name.substring(dot);
    return file.resolveSibling("%s-%s-%d%s".formatted(stem, STAMP.format(now), ++dumps, suffix));
  }

  private static String line(EventRecord record) {
    String attributes =
        record.attributes().entrySet().stream()
            .map(e -> JsonText.quote(e.getKey()) + ":" + value(e.getValue()))
            .collect(Collectors.joining(","));
    String stack =
        record.stack().stream()
            .map(frame -> JsonText.quote(frame.describe()))
            .collect(Collectors.joining(",", "[", "]"));
    Instant time = Instant.EPOCH.plusNanos(record.timeUnixNanos());
    return "{\"time\":\"%s\",\"attributes\":{%s}%s}%n"
        .formatted(time, attributes, record.stack().isEmpty() ? "" : ",\"stack\":" + stack);
  }

  private static String value(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(FlightRecorder::value).collect(Collectors.joining(",", "[", "]"));
    }
    boolean bare = value instanceof Long || value instanceof Boolean || isFinite(value);
    return bare ? value.toString() : JsonText.quote(value.toString());
  }

  private static boolean isFinite(Object value) {
    return value instanceof Double number && Double.isFinite(number);
  }
}
