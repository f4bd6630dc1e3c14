package dev.sonde.bench;

import dev.sonde.ringbuf.RingReader;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.RingbufMap;
import dev.sonde.vm.memory.RawMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.jctools.queues.MpscArrayQueue;

/** A ring of 64-byte records under test: ours, Agrona's or JCTools'. */
interface BenchRing {
  /** What was read, so that reading is not left out; a reader is one thread. */
  long[] SINK = new long[1];

  /** Puts one record, each of its words {@code value}; false: the ring is full. */
  boolean put(long value);

  /** Reads at most so many records, returns how many. */
  int drain(int limit);

  static BenchRing of(String name, int ringBytes) {
    return switch (name) {
      case "sonde" -> sonde(ringBytes);
      case "agrona" -> agrona(ringBytes);
      default -> jctools(ringBytes);
    };
  }

  private static BenchRing sonde(int ringBytes) {
    RingbufMap map = (RingbufMap) Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, ringBytes));
    RingReader reader = map.reader();
    CarrierSlot maker = CarrierSlots.current(); // as the helper has it at hand
    return new BenchRing() {
      @Override
      public boolean put(long value) {
        CarrierSlot slot = CarrierSlots.isCurrent(maker) ? maker : CarrierSlots.current();
        long address = map.reserve(slot, 64);
        if (address == 0) {
          return false;
        }
        for (int i = 0; i < 64; i += 8) {
          RawMemory.putLong(address + i, value);
        }
        map.submit(address, 0);
        return true;
      }

      @Override
      public int drain(int limit) {
        return reader.poll((data, offset, length) -> SINK[0] += data.getLong(offset), limit);
      }
    };
  }

  private static BenchRing agrona(int ringBytes) {
    ManyToOneRingBuffer ring =
        new ManyToOneRingBuffer(
            new UnsafeBuffer(
                ByteBuffer.allocateDirect(ringBytes + RingBufferDescriptor.TRAILER_LENGTH)));
    return new BenchRing() {
      @Override
      public boolean put(long value) {
        int index = ring.tryClaim(1, 64);
        if (index < 0) {
          return false;
        }
        AtomicBuffer buffer = ring.buffer();
        for (int i = 0; i < 64; i += 8) {
          buffer.putLong(index + i, value);
        }
        ring.commit(index);
        return true;
      }

      @Override
      public int drain(int limit) {
        return ring.read((type, buffer, index, length) -> SINK[0] += buffer.getLong(index), limit);
      }
    };
  }

  private static BenchRing jctools(int ringBytes) {
    MpscArrayQueue<long[]> queue = new MpscArrayQueue<>(ringBytes / 72);
    return new BenchRing() {
      @Override
      public boolean put(long value) {
        long[] record = new long[8];
        Arrays.fill(record, value);
        return queue.offer(record);
      }

      @Override
      public int drain(int limit) {
        return queue.drain(record -> SINK[0] += record[0], limit);
      }
    };
  }
}
