package dev.sonde.ringbuf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The protocol's own code in every order of its steps, up to a bound of deviations. */
class RingModelTest {
  private static final boolean LONG = Boolean.getBoolean("sonde.long");
  private static final int BOUND = LONG ? 4 : 3;
  private static final long LIMIT = LONG ? 20_000_000 : 40_000;

  /** Two producers of a record each, and their reader. */
  private static final class TwoProducersAndAReader implements Interleavings.Scenario {
    private final ModelMemory memory;
    private final RingReader reader;
    private final RingProducer ring;
    private final @Nullable ModelFavour favour;
    private final int length;
    private final List<Long> read = new ArrayList<>();
    private int written;
    private int discarded;
    private int refused;
    private int ended;

    /**
     * @param favoured whether the first producer goes without the lock at first; the second may
     *     have the favour for its second record
     */
    TwoProducersAndAReader(
        Interleavings scheduler,
        boolean favoured,
        long position,
        int length,
        ModelMemory.Fault... faults) {
      this.memory = new ModelMemory(scheduler, 3, position, faults);
      this.length = length;
      RingSignal signal = new RingSignal();
      this.favour = favoured ? new ModelFavour(memory) : null;
      this.ring =
          favour == null
              ? new RingProducer(memory, signal)
              : new RingProducer(memory, signal, false, favour);
      this.reader = new RingReader(memory, signal);
    }

    @Override
    public List<Runnable> threads() {
      return List.of(() -> produce(0, 1, false), () -> produce(1, 2, true), () -> read(2));
    }

    /** A second producer discards its first record and writes another. */
    private void produce(int thread, int records, boolean discards) {
      memory.enter(thread);
      for (int i = 0; i < records; i++) {
        long at = reserve(thread);
        boolean discard = discards && i == 0;
        if (at < 0) {
          refused++;
        } else if (discard) {
          ring.discard(at, RingLayout.NO_WAKEUP);
          discarded++;
        } else {
          memory.writePayload(at, at); // the value is the place
          ring.submit(at, RingLayout.NO_WAKEUP);
          written++;
        }
      }
      memory.leave();
      ended++;
    }

    private long reserve(int thread) {
      RingSeat seat = favour == null ? null : favour.seatOf(thread);
      long at = seat == null ? 0 : ring.shortcut().reserve(seat, length);
      return at != 0 ? at : ring.reserve(seat, length);
    }

    private void read(int thread) {
      memory.enter(thread);
      while (ended < 2) {
        poll();
        memory.pause();
      }
      poll();
      memory.leave();
    }

    private void poll() {
      reader.poll(
          (data, offset, bytes) -> {
            assertEquals(length, bytes);
            long value = memory.readPayload(offset);
            assertEquals(offset, value, "payload at " + offset);
            read.add(value);
          },
          10);
    }

    @Override
    public void check() {
      assertEquals(3, written + discarded + refused);
      assertEquals(written, read.size());
      assertEquals(written, reader.consumed());
      assertEquals(discarded, reader.discarded());
      assertEquals(0, reader.abandoned());
      assertEquals(memory.producerPosition(), memory.consumerPosition());
    }
  }

  private static long explore(
      long position, int length, int bound, long limit, ModelMemory.Fault... faults) {
    return explore(false, position, length, bound, limit, faults);
  }

  private static long explore(
      boolean favoured,
      long position,
      int length,
      int bound,
      long limit,
      ModelMemory.Fault... faults) {
    try (Interleavings all = new Interleavings(3, bound)) {
      return all.explore(
          () -> new TwoProducersAndAReader(all, favoured, position, length, faults), limit);
    }
  }

  /** In the middle of the ring; over its end with padding; where one finds it full. */
  @ParameterizedTest
  @CsvSource({"8192, 8", "8160, 24", "8184, 8", "4096, 1500"})
  void noOrderLosesTearsOrInventsARecord(long position, int length) {
    long orders = explore(position, length, BOUND, LIMIT);
    assertTrue(orders > 1000, () -> "only " + orders + " orders");
  }

  /** The same where a producer goes without the lock, until the other takes its favour away. */
  @ParameterizedTest
  @CsvSource({"8192, 8", "8160, 24", "8184, 8", "4096, 1500"})
  void norDoesOneInWhichAProducerIsFavoured(long position, int length) {
    long orders = explore(true, position, length, BOUND, LIMIT);
    assertTrue(orders > 1000, () -> "only " + orders + " orders");
  }

  @ParameterizedTest
  @EnumSource(ModelMemory.Fault.class)
  void aProtocolWithoutOneOfItsPartsIsFoundOut(ModelMemory.Fault fault) {
    boolean favoured = fault.compareTo(ModelMemory.Fault.NO_WAIT) >= 0;
    IllegalStateException found =
        assertThrows(
            IllegalStateException.class, () -> explore(favoured, 8192, 8, 3, 2_000_000, fault));
    assertTrue(found.getMessage().startsWith("order "), found::getMessage);
  }

  @Test
  void allOrdersWithinASmallBoundAreTried() {
    long two = explore(8192, 8, 1, Long.MAX_VALUE);
    assertTrue(two > 50, () -> "only " + two + " orders");
    assertEquals(two, explore(8192, 8, 1, Long.MAX_VALUE), "enumeration is deterministic");
  }
}
