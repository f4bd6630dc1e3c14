package dev.sonde.ringbuf;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The races of reserve, commit and read, on the real machine and its compilers. */
public final class RingRaces {
  private static final int PAYLOAD = 8;

  private RingRaces() {}

  /** A ring over old payload that looks like committed records of 8 bytes. */
  private abstract static class Ring {
    private final ArrayRingMemory memory = new ArrayRingMemory();
    private final RingSignal signal = new RingSignal();
    private final RingFavour favour = new RingFavour(1);
    private final RingProducer producer = new RingProducer(memory, signal, false, favour);
    private final RingReader reader = new RingReader(memory, signal);
    private int sum;

    Ring() {
      for (int word = 0; word < 24; word++) {
        memory.put(word * 4L, PAYLOAD);
      }
    }

    final long reserve() {
      long payload = producer.reserve(PAYLOAD);
      while (payload == RingProducer.CONTENDED) { // its holder is not running: a busy machine
        payload = producer.reserve(PAYLOAD);
      }
      return payload;
    }

    final void favour(RingSeat seat) {
      favour.show(seat);
    }

    final long reserve(RingSeat seat) {
      long payload = producer.shortcut().reserve(seat, PAYLOAD);
      while (payload == 0 || payload == RingProducer.CONTENDED) {
        payload = producer.reserve(seat, PAYLOAD);
      }
      return payload;
    }

    final void fillAndSubmit(long payload, int value) {
      memory.put(payload, value);
      memory.put(payload + 4, value);
      producer.submit(payload, RingLayout.NO_WAKEUP);
    }

    /** Reads what there is; the result is how many records, and the sum of their words. */
    final void read(II_Result result) {
      result.r1 =
          reader.poll(
              (data, offset, length) -> sum += memory.get(offset) + memory.get(offset + 4), 10);
      result.r2 = sum;
    }
  }

  /** Two producers at once: both records are there, in places of their own. */
  @JCStressTest
  @Outcome(id = "2, 22", expect = ACCEPTABLE, desc = "both records, whole")
  @Outcome(expect = FORBIDDEN, desc = "one is lost or overwritten")
  @State
  public static class TwoReserve extends Ring {
    @Actor
    public void first() {
      fillAndSubmit(reserve(), 1);
    }

    @Actor
    public void second() {
      fillAndSubmit(reserve(), 10);
    }

    @Arbiter
    public void all(II_Result result) {
      read(result);
    }
  }

  /** Two at once, of which one goes without the lock and the other takes its favour away. */
  @JCStressTest
  @Outcome(id = "2, 22", expect = ACCEPTABLE, desc = "both records, whole")
  @Outcome(expect = FORBIDDEN, desc = "one is lost or overwritten")
  @State
  public static class FavouredAndOther extends Ring {
    private final RingSeat favoured = new RingSeat();
    private final RingSeat other = new RingSeat();

    public FavouredAndOther() {
      favour(favoured);
    }

    @Actor
    public void first() {
      fillAndSubmit(reserve(favoured), 1);
    }

    @Actor
    public void second() {
      fillAndSubmit(reserve(other), 10);
    }

    @Arbiter
    public void all(II_Result result) {
      read(result);
    }
  }

  /** A reader during a commit: nothing, or the whole record. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not committed yet")
  @Outcome(id = "1, 14", expect = ACCEPTABLE, desc = "the whole record")
  @Outcome(expect = FORBIDDEN, desc = "a header or payload that was not committed")
  @State
  public static class CommitAndRead extends Ring {
    @Actor
    public void producer() {
      fillAndSubmit(reserve(), 7);
    }

    @Actor
    public void reader(II_Result result) {
      read(result);
    }
  }

  /** A reader while two commit, in either order: records in the order of their places, whole. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the first place is not committed")
  @Outcome(
      id = {"1, 2", "1, 20"},
      expect = ACCEPTABLE,
      desc = "the first place is")
  @Outcome(id = "2, 22", expect = ACCEPTABLE, desc = "both are")
  @Outcome(expect = FORBIDDEN, desc = "a header or payload that was not committed")
  @State
  public static class TwoCommitAndRead extends Ring {
    @Actor
    public void first() {
      fillAndSubmit(reserve(), 1);
    }

    @Actor
    public void second() {
      fillAndSubmit(reserve(), 10);
    }

    @Actor
    public void reader(II_Result result) {
      read(result);
    }
  }

  /** A reader during a reserve that is never committed: the old payload is no record. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "busy")
  @Outcome(expect = FORBIDDEN, desc = "old payload was taken for a record")
  @State
  public static class ReserveAndRead extends Ring {
    @Actor
    public void producer() {
      reserve();
    }

    @Actor
    public void reader(II_Result result) {
      read(result);
    }
  }
}
