package dev.sonde.exporters.stream;

import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.vm.map.PerfEventArrayMap;
import dev.sonde.vm.map.RingbufMap;
import java.nio.ByteBuffer;

/**
 * What a flight recorder's map holds: each poll hands over all of it, oldest first, and takes
 * nothing away.
 */
public final class DumpFeed implements RecordFeed {
  private final Dump dump;

  /** Hands over what the map holds now; returns how many records. */
  private interface Dump {
    int to(Handler handler);
  }

  private DumpFeed(Dump dump) {
    this.dump = dump;
  }

  /** Returns the feed of a ring that keeps the newest records. */
  public static DumpFeed of(RingbufMap ring) {
    return new DumpFeed(
        handler ->
            ring.snapshot().forEach((data, at, length) -> handler.record(bytes(data, at, length))));
  }

  /** Returns the feed of lanes that are open in overwrite mode. */
  public static DumpFeed of(PerfEventArrayMap lanes) {
    return new DumpFeed(
        handler ->
            lanes.dump(
                record -> {
                  if (record.type() == PerfLayout.SAMPLE) {
                    handler.record(
                        bytes(record.buffer(), record.rawOffset(), record.rawSizeBytes()));
                  }
                }));
  }

  private static byte[] bytes(ByteBuffer data, int offset, int length) {
    byte[] bytes = new byte[length];
    data.get(offset, bytes);
    return bytes;
  }

  /** The limit has no meaning: half a dump helps nobody. */
  @Override
  public int poll(Handler handler, int limit) {
    return dump.to(handler);
  }

  /** A flight recorder loses the oldest records, which is what it is for. */
  @Override
  public long lost() {
    return 0;
  }
}
