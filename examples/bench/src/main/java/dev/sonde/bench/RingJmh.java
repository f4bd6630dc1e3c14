package dev.sonde.bench;

import dev.sonde.vm.memory.RawMemory;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Control;

/**
 * The rings of {@link RingBench} under JMH. A sample is a burst of 1,000 records, so that its
 * microseconds are nanoseconds a record; what makes room again between bursts is not in the sample.
 */
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {
      "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
      "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED"
    })
public class RingJmh {
  private static final int BURST = 1_000;
  private static final int RING_BYTES = 1 << 20;

  /** One ring of each kind in turn. */
  @State(Scope.Benchmark)
  public abstract static class Ring {
    @Param({"sonde", "agrona", "jctools"})
    private String ring = "";

    BenchRing made;

    @Setup
    public void make() {
      made = BenchRing.of(ring, RING_BYTES);
    }
  }

  /** A ring that is empty before each burst. */
  @State(Scope.Benchmark)
  public static class Empty extends Ring {
    @Setup(Level.Invocation)
    public void empty() {
      drainAll(made);
    }
  }

  /** A ring that holds a burst. */
  @State(Scope.Benchmark)
  public static class Filled extends Ring {
    @Setup(Level.Invocation)
    public void fill() {
      drainAll(made);
      produce(made);
    }
  }

  /** A ring between threads. */
  @State(Scope.Group)
  public static class Shared extends Ring {}

  /** Two pieces of memory. */
  @State(Scope.Benchmark)
  public static class Memory {
    private final long from = RawMemory.allocateZeroed(64);
    private final long to = RawMemory.allocateZeroed(RING_BYTES);
  }

  private static void drainAll(BenchRing ring) {
    while (ring.drain(BURST) > 0) {
      continue;
    }
  }

  private static void produce(BenchRing ring) {
    for (int i = 0; i < BURST; i++) {
      if (!ring.put(i)) {
        throw new IllegalStateException("the ring is full");
      }
    }
  }

  /** The limit: 64 bytes copied, to where the records of a ring would lie. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public void copy(Memory memory) {
    for (int i = 0; i < BURST; i++) {
      long at = memory.to + (i * 72L & RING_BYTES - 128);
      for (int j = 0; j < 64; j += 8) {
        RawMemory.putLong(at + j, RawMemory.getLong(memory.from + j));
      }
    }
  }

  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public void reserveFillCommit(Empty ring) {
    produce(ring.made);
  }

  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public int read(Filled ring) {
    return ring.made.drain(BURST);
  }

  /** The figure: records a microsecond, of both producers, which wait while the ring is full. */
  @Benchmark
  @BenchmarkMode(Mode.Throughput)
  @Group("twoProducers")
  @GroupThreads(2)
  public void put(Shared ring, Control control) {
    while (!ring.made.put(1) && !control.stopMeasurement) {
      Thread.yield();
    }
  }

  /** The reader; how often it looks says nothing. */
  @Benchmark
  @BenchmarkMode(Mode.Throughput)
  @Group("twoProducers")
  @GroupThreads(1)
  public void take(Shared ring) {
    if (ring.made.drain(BURST) == 0) {
      Thread.yield();
    }
  }
}
