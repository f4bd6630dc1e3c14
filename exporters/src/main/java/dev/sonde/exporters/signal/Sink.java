package dev.sonde.exporters.signal;

import dev.sonde.exporters.profile.Profile;
import java.io.IOException;

/**
 * Where signals go. All methods are called by the pipeline's own threads, one at a time per sink;
 * what a sink throws is counted as a failed export and told once a minute, and hurts nobody else.
 * Sinks that want metrics are given a {@link MetricReading} and ask when it suits them.
 */
public interface Sink {
  /** Returns how messages name it: {@code otlp}, or the file. */
  String name();

  /** Takes one record; never waits for a network. */
  default void event(EventRecord record) throws IOException {}

  /** Takes the stacks collected so far: each call replaces what the one before said. */
  default void profile(Profile profile) throws IOException {}

  /** Sends or writes what is held back; waits for at most {@code timeoutNanos}. */
  default void flush(long timeoutNanos) throws IOException {}

  /** Frees its resources, after a last flush by the pipeline. */
  default void close() throws IOException {}
}
