package dev.sonde.exporters.stream;

import dev.sonde.exporters.decode.RecordDecoder;
import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.symbol.Frame;
import dev.sonde.exporters.symbol.Symbolizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a ring, decodes its records and hands them on as events. */
public final class RecordPump {
  private static final String STACK_MEMBER = "stack_id";

  /** Members that say when, in ns of CLOCK_MONOTONIC as bpf_ktime_get_ns gives it. */
  private static final List<String> TIME_MEMBERS = List.of("time_ns", "timestamp_ns", "ktime_ns");

  private final RecordSource source;
  private final RecordDecoder decoder;
  private final @Nullable StackLookup stacks;

  public RecordPump(RecordSource source, Symbolizer symbolizer) {
    this.source = source;
    this.decoder = new RecordDecoder(source.btf(), source.typeId());
    this.stacks = source.stacks() == null ? null : new StackLookup(source.stacks(), symbolizer);
  }

  public RecordSource source() {
    return source;
  }

  /** Hands over at most {@code limit} records and returns how many. */
  public int poll(Consumer<EventRecord> handler, int limit) {
    return source.feed().poll(bytes -> handler.accept(event(bytes)), limit);
  }

  private EventRecord event(byte[] bytes) {
    Map<String, Object> values = decoder.decode(bytes);
    List<Frame> stack =
        stacks != null && values.remove(STACK_MEMBER) instanceof Long id
            ? stacks.frames(id)
            : List.of();
    long time = unixNanos(values);
    Map<String, Object> attributes = new LinkedHashMap<>();
    values.forEach(
        (name, v) -> attributes.put(source.attributeNames().getOrDefault(name, name), v));
    return new EventRecord(source.name(), time, attributes, stack);
  }

  /** On Linux {@link System#nanoTime} is CLOCK_MONOTONIC, the clock of bpf_ktime_get_ns. */
  private static long unixNanos(Map<String, Object> values) {
    long now = System.currentTimeMillis() * 1_000_000;
    for (String member : TIME_MEMBERS) {
      if (values.remove(member) instanceof Long monotonic) {
        return now - (System.nanoTime() - monotonic);
      }
    }
    return now;
  }
}
