package dev.sonde.probes.record;

import dev.sonde.perfbuffer.PerfRecord;
import dev.sonde.probes.unwind.Architecture;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.context.PtRegs;
import dev.sonde.vm.memory.KnownRegions;
import dev.sonde.vm.memory.RawMemory;

/** Where a record is laid out as the context of a program. One a poll thread. */
final class ContextMemory implements AutoCloseable {
  /** The largest context: a tracepoint's (PERF_MAX_TRACE_SIZE). */
  private static final int SIZE_BYTES = 8192;

  private static final int PERIOD = PtRegs.SIZE_BYTES;
  private static final int ADDRESS = PERIOD + 8;

  private final Architecture machine = Architecture.current();
  private final long address = RawMemory.allocateZeroed(SIZE_BYTES);
  private int dirtyBytes; // how much the last tracepoint left

  ContextMemory() {
    KnownRegions.add(address, SIZE_BYTES);
  }

  boolean holds(long from, int sizeBytes) {
    return from >= address && from - address <= SIZE_BYTES - (long) sizeBytes;
  }

  /** {@code struct pt_regs} of the user or the kernel, then what a native probe has of Sonde's. */
  long registers(PerfRecord record, boolean kernel) {
    clear(MethodContext.SIZE_BYTES);
    writeRegisters(record, kernel);
    RawMemory.putLong(address + MethodContext.TIME_NANOS, record.timeNanos());
    return address;
  }

  /** {@code struct bpf_perf_event_data}: the registers that the event interrupted. */
  long sample(PerfRecord record) {
    clear(ADDRESS + 8);
    writeRegisters(record, record.interruptRegistersAbi() != 0);
    RawMemory.putLong(address + PtRegs.IP.offsetBytes(), record.ip());
    RawMemory.putLong(address + PERIOD, record.period());
    RawMemory.putLong(address + ADDRESS, record.address());
    return address;
  }

  /** The bytes that the kernel would show a program, zeros behind them. */
  long raw(PerfRecord record) {
    int size = Math.min(SIZE_BYTES, record.rawSizeBytes());
    clear(size);
    dirtyBytes = size;
    byte[] bytes = new byte[size];
    record.buffer().get(record.rawOffset(), bytes);
    RawMemory.write(address, bytes);
    return address;
  }

  @Override
  public void close() {
    KnownRegions.remove(address);
    RawMemory.free(address);
  }

  private void clear(int sizeBytes) {
    RawMemory.fill(address, Math.max(sizeBytes, dirtyBytes), (byte) 0);
    dirtyBytes = 0;
  }

  private void writeRegisters(PerfRecord record, boolean kernel) {
    int offset = kernel ? record.interruptRegistersOffset() : record.userRegistersOffset();
    long abi = kernel ? record.interruptRegistersAbi() : record.userRegistersAbi();
    if (abi != 0) {
      RegisterImage.write(machine, record.buffer(), offset, address);
    }
  }
}
