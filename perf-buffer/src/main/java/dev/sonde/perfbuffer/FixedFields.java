package dev.sonde.perfbuffer;

import static dev.sonde.perfbuffer.PerfLayout.*;

/**
 * Where the fixed-size ids of a record lie, counted from where the first of them can be; -1 where
 * the mask does not ask for one. Worked out once an event, so that a record costs nothing.
 *
 * <pre>
 * sample     header, then IDENTIFIER, IP, TID, TIME, ADDR, ID, STREAM_ID, CPU, PERIOD, the rest
 * others     header, body, then, with sample_id_all, TID, TIME, ID, STREAM_ID, CPU, IDENTIFIER
 * </pre>
 */
final class FixedFields {
  /** Of records that end without ids. */
  static final FixedFields NONE = new FixedFields(0, 0);

  private static final long[] IN_SAMPLE = {
    SAMPLE_IDENTIFIER,
    SAMPLE_IP,
    SAMPLE_TID,
    SAMPLE_TIME,
    SAMPLE_ADDR,
    SAMPLE_ID,
    SAMPLE_STREAM_ID,
    SAMPLE_CPU,
    SAMPLE_PERIOD
  };

  private static final long[] IN_TRAILER = {
    SAMPLE_TID, SAMPLE_TIME, SAMPLE_ID, SAMPLE_STREAM_ID, SAMPLE_CPU, SAMPLE_IDENTIFIER
  };

  final int ip;
  final int tid;
  final int time;
  final int address;
  final int identifier;
  final int streamId;
  final int cpu;
  final int period;

  /** How many bytes all of them take together with what precedes them. */
  final int bytes;

  private FixedFields(long mask, int from, long... order) {
    ip = offset(SAMPLE_IP, mask, from, order);
    tid = offset(SAMPLE_TID, mask, from, order);
    time = offset(SAMPLE_TIME, mask, from, order);
    address = offset(SAMPLE_ADDR, mask, from, order);
    int alone = offset(SAMPLE_ID, mask, from, order); // the same number as IDENTIFIER
    identifier = alone >= 0 ? alone : offset(SAMPLE_IDENTIFIER, mask, from, order);
    streamId = offset(SAMPLE_STREAM_ID, mask, from, order);
    cpu = offset(SAMPLE_CPU, mask, from, order);
    period = offset(SAMPLE_PERIOD, mask, from, order);
    int end = from;
    for (long field : order) {
      end += (mask & field) != 0 ? 8 : 0;
    }
    bytes = end;
  }

  /** Returns where a sample has them, from its header on. */
  static FixedFields ofSample(PerfFormat format) {
    return new FixedFields(format.sampleType(), HEADER_BYTES, IN_SAMPLE);
  }

  /** Returns where any other record has them, from {@link #bytes} before its end on. */
  static FixedFields ofTrailer(PerfFormat format) {
    return format.sampleIdAll() ? new FixedFields(format.sampleType(), 0, IN_TRAILER) : NONE;
  }

  private static int offset(long field, long mask, int from, long[] order) {
    int at = from;
    for (long other : order) {
      if (other == field) {
        return (mask & field) != 0 ? at : -1;
      }
      at += (mask & other) != 0 ? 8 : 0;
    }
    return -1;
  }
}
