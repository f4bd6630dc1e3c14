package dev.sonde.exporters.stream;

import dev.sonde.vm.map.RingbufMap;

/** The ring of a BPF_MAP_TYPE_RINGBUF map of this JVM. */
public final class RingFeed implements RecordFeed {
  private final RingbufMap ring;

  public RingFeed(RingbufMap ring) {
    this.ring = ring;
  }

  @Override
  public int poll(Handler handler, int limit) {
    return ring.reader()
        .poll(
            (data, offsetBytes, lengthBytes) -> {
              byte[] bytes = new byte[lengthBytes];
              data.get(offsetBytes, bytes);
              handler.record(bytes);
            },
            limit);
  }

  @Override
  public long lost() {
    return ring.lost() + ring.reader().abandoned();
  }
}
