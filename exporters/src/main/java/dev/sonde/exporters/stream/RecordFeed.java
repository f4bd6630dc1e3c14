package dev.sonde.exporters.stream;

/** A ring, whichever its layout: hands over records and says how many were lost before it. */
public interface RecordFeed {
  /** Takes the bytes of one record, which are its own. */
  @FunctionalInterface
  interface Handler {
    void record(byte[] bytes);
  }

  /** Hands over up to {@code limit} records, oldest first, and returns how many. Never waits. */
  int poll(Handler handler, int limit);

  /** Returns how many records were lost so far because the ring was full. */
  long lost();
}
