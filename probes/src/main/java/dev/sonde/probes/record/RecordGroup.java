package dev.sonde.probes.record;

import dev.sonde.perfbuffer.PerfFormat;
import dev.sonde.perfbuffer.PerfLayout;
import dev.sonde.probes.ProcessScope;
import dev.sonde.probes.kernel.RecorderCode;
import dev.sonde.probes.kernel.UprobeRecorder;
import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.linux.PerfAttr;
import dev.sonde.probes.perf.EventSet;
import dev.sonde.probes.perf.PerfSource;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.uprobe.KernelSite;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attachments whose records have one format and come through one set of rings, so that their
 * programs run in the order of their events.
 */
final class RecordGroup implements AutoCloseable {
  private static final long ALWAYS =
      PerfLayout.SAMPLE_IDENTIFIER
          | PerfLayout.SAMPLE_IP
          | PerfLayout.SAMPLE_TID
          | PerfLayout.SAMPLE_TIME
          | PerfLayout.SAMPLE_CPU;

  /** A ring of a CPU holds so many records: a burst, such as a JVM's start loading classes. */
  private static final int RECORDS_A_RING = 4096;

  private static final int RECORDS_WITH_WHOLE_STACKS = 1024;
  private static final int LARGE_STACK_BYTES = 4096;

  private static final int FIXED_BYTES = 256; // of a record, besides the copy of the stack
  private static final long ALL_RINGS_BYTES = 128L << 20; // on a machine of many CPUs

  private final PerfSource source;
  private final RecordShape shape;
  private final ContextMemory memory = new ContextMemory();
  private final RecordEvent event;

  RecordGroup(Linux linux, JavaFrames frames, RecordShape shape) {
    this.shape = shape;
    this.event = new RecordEvent(linux, frames, memory);
    this.source =
        PerfSource.open(
            linux,
            new PerfFormat(sampleType(), true, 0, 0, userRegisters(), kernelRegisters()),
            ringBytes(shape));
  }

  /** Returns a power of two. */
  private static int ringBytes(RecordShape shape) {
    int records = shape.stackBytes > LARGE_STACK_BYTES ? RECORDS_WITH_WHOLE_STACKS : RECORDS_A_RING;
    long wanted = (long) records * (FIXED_BYTES + shape.stackBytes);
    int cpus = Runtime.getRuntime().availableProcessors();
    return (int) Long.highestOneBit(Math.min(wanted, ALL_RINGS_BYTES / cpus));
  }

  /** What the records of a group hold beside who, when and where. */
  record RecordShape(
      boolean userRegisters,
      boolean kernelRegisters,
      int stackBytes,
      boolean raw,
      boolean kernelStack,
      boolean period) {}

  /** Opens an event of one place, or of none, whose records run {@code program}. */
  EventSet add(
      PerfAttr attr,
      ProcessScope scope,
      EventSet.Spread spread,
      @Nullable KernelSite site,
      String what,
      RecordProgram program,
      long cookie) {
    return source.add(
        shaped(attr),
        scope,
        spread,
        what,
        record -> {
          if (record.type() == PerfLayout.SAMPLE) {
            event.windows(0, 0);
            program.run(record, site, cookie, event, memory);
          }
        });
  }

  /** Opens what a recorder writes through: its records say which of {@code sites} they are of. */
  EventSet addOutput(
      ProcessScope scope, List<? extends KernelSite> sites, long[] cookies, RecordProgram program) {
    return source.add(
        shaped(UprobeRecorder.output()),
        scope,
        EventSet.Spread.CPUS,
        "the recorder's output",
        record -> {
          if (record.type() == PerfLayout.SAMPLE && record.rawSizeBytes() >= Long.BYTES) {
            long place = record.buffer().getLong(record.rawOffset());
            if (place >= 0 && place < cookies.length) {
              int index = (int) place;
              int windows = (record.rawSizeBytes() - Long.BYTES) / RecorderCode.WINDOW_STRIDE;
              event.windows(record.rawOffset() + Long.BYTES, windows);
              program.run(record, sites.get(index), cookies[index], event, memory);
            }
          }
        });
  }

  private PerfAttr shaped(PerfAttr attr) {
    return attr.sample(sampleType())
        .user(userRegisters(), shape.stackBytes())
        .interruptRegisters(kernelRegisters())
        .excludeCallchain(false, true);
  }

  void start() {
    source.start();
  }

  void between(Runnable work) {
    source.between(work);
  }

  /** Returns why no records are read any more, "" while they are. */
  String failure() {
    return source.failure();
  }

  /** Stops the events and runs the programs on what they have left. */
  void stop() {
    source.stop();
  }

  @Override
  public void close() {
    source.close(); // no program runs after this
    event.close();
    memory.close();
  }

  private long sampleType() {
    return ALWAYS
        | bit(shape.userRegisters, PerfLayout.SAMPLE_REGS_USER)
        | bit(shape.stackBytes > 0, PerfLayout.SAMPLE_STACK_USER)
        | bit(shape.kernelRegisters, PerfLayout.SAMPLE_REGS_INTR)
        | bit(shape.raw, PerfLayout.SAMPLE_RAW)
        | bit(shape.kernelStack, PerfLayout.SAMPLE_CALLCHAIN)
        | bit(shape.period, PerfLayout.SAMPLE_PERIOD | PerfLayout.SAMPLE_ADDR);
  }

  private long userRegisters() {
    return shape.userRegisters ? Architecture.current().perfMask() : 0;
  }

  private long kernelRegisters() {
    return shape.kernelRegisters ? Architecture.current().perfMask() : 0;
  }

  private static long bit(boolean on, long bits) {
    return on ? bits : 0;
  }
}
