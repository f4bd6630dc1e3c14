package dev.sonde.probes.linux;

import dev.sonde.vm.memory.RawMemory;

/**
 * {@code struct perf_event_attr} (linux/perf_event.h, version 8, 136 bytes): what an event is, when
 * it samples and what its records hold. Built like a sentence; {@link #write} lays it out.
 *
 * <pre>
 *   0 u32 type, size            8 u64 config             16 u64 sample_period | freq
 *  24 u64 sample_type          32 u64 read_format        40 u64 flags
 *  48 u32 wakeup, bp_type      56 u64 config1 (bp_addr)  64 u64 config2 (bp_len)
 *  72 u64 branch_sample_type   80 u64 sample_regs_user   88 u32 sample_stack_user, s32 clockid
 *  96 u64 sample_regs_intr    104 u32 aux_watermark     108 u16 sample_max_stack, reserved
 * 112 u32 aux_sample_size     120 u64 sig_data          128 u64 config3
 * </pre>
 */
public final class PerfAttr {
  public static final int SIZE_BYTES = 136;

  // type
  public static final int HARDWARE = 0;
  public static final int SOFTWARE = 1;
  public static final int TRACEPOINT = 2;

  // config of SOFTWARE
  public static final int CPU_CLOCK = 0;
  public static final int TASK_CLOCK = 1;
  public static final int PAGE_FAULTS = 2;
  public static final int CONTEXT_SWITCHES = 3;
  public static final int CPU_MIGRATIONS = 4;
  public static final int PAGE_FAULTS_MIN = 5;
  public static final int PAGE_FAULTS_MAJ = 6;
  public static final int DUMMY = 9;
  public static final int BPF_OUTPUT = 10;

  // bits of the flags word
  private static final int DISABLED = 0;
  private static final int INHERIT = 1;
  private static final int EXCLUDE_USER = 4;
  private static final int EXCLUDE_KERNEL = 5;
  private static final int EXCLUDE_HV = 6;
  private static final int EXCLUDE_IDLE = 7;
  private static final int MMAP = 8;
  private static final int COMM = 9;
  private static final int FREQ = 10;
  private static final int TASK = 13;
  private static final int WATERMARK = 14;
  private static final int SAMPLE_ID_ALL = 18;
  private static final int EXCLUDE_CALLCHAIN_KERNEL = 21;
  private static final int EXCLUDE_CALLCHAIN_USER = 22;
  private static final int MMAP2 = 23;
  private static final int COMM_EXEC = 24;
  private static final int USE_CLOCKID = 25;
  private static final int CONTEXT_SWITCH = 26;

  private static final int CLOCK_MONOTONIC = 1;

  private final int type;
  private final long config;
  private long config1;
  private long config2;
  private long samplePeriod;
  private long sampleType;
  private long readFormat;
  private long flags;
  private int wakeup;
  private long userRegisters;
  private int userStackBytes;
  private long interruptRegisters;
  private int maxStack;
  private int clockId;

  private PerfAttr(int type, long config) {
    this.type = type;
    this.config = config;
    set(DISABLED, true);
    set(SAMPLE_ID_ALL, true);
    set(EXCLUDE_HV, true);
  }

  /** Returns an event that is off at first and whose times are of System.nanoTime's clock. */
  public static PerfAttr of(int type, long config) {
    return new PerfAttr(type, config).monotonic();
  }

  /** A copy, to change for another try. */
  public PerfAttr copy() {
    PerfAttr copy = new PerfAttr(type, config);
    copy.config1 = config1;
    copy.config2 = config2;
    copy.samplePeriod = samplePeriod;
    copy.sampleType = sampleType;
    copy.readFormat = readFormat;
    copy.flags = flags;
    copy.wakeup = wakeup;
    copy.userRegisters = userRegisters;
    copy.userStackBytes = userStackBytes;
    copy.interruptRegisters = interruptRegisters;
    copy.maxStack = maxStack;
    copy.clockId = clockId;
    return copy;
  }

  /** The words that a probe's event source reads: a path's address and an offset, for uprobes. */
  public PerfAttr configs(long first, long second) {
    config1 = first;
    config2 = second;
    return this;
  }

  /** One sample every {@code events} events. */
  public PerfAttr period(long events) {
    samplePeriod = events;
    set(FREQ, false);
    return this;
  }

  /** About {@code freqHz} samples in a second of the event's own time. */
  public PerfAttr frequency(long freqHz) {
    samplePeriod = freqHz;
    set(FREQ, true);
    return this;
  }

  /** SAMPLE_ bits of {@code PerfLayout}. */
  public PerfAttr sample(long bits) {
    sampleType = bits;
    return this;
  }

  public PerfAttr readFormat(long bits) {
    readFormat = bits;
    return this;
  }

  /** Which registers SAMPLE_REGS_USER copies, and how much of the stack SAMPLE_STACK_USER does. */
  public PerfAttr user(long registers, int stackBytes) {
    userRegisters = registers;
    userStackBytes = stackBytes;
    return this;
  }

  public PerfAttr interruptRegisters(long registers) {
    interruptRegisters = registers;
    return this;
  }

  public PerfAttr maxStack(int frames) {
    maxStack = frames;
    return this;
  }

  /** Wakes the reader after so many bytes. */
  public PerfAttr wakeupBytes(int bytes) {
    wakeup = bytes;
    set(WATERMARK, true);
    return this;
  }

  /** Wakes the reader after so many samples. */
  public PerfAttr wakeupEvents(int events) {
    wakeup = events;
    set(WATERMARK, false);
    return this;
  }

  /** Threads that are started later are counted too. */
  public PerfAttr inherit(boolean on) {
    return set(INHERIT, on);
  }

  public PerfAttr enabled() {
    return set(DISABLED, false);
  }

  /** Tells whether the event counts time: it comes whatever code runs. */
  public boolean isClock() {
    return type == SOFTWARE && (config == CPU_CLOCK || config == TASK_CLOCK);
  }

  public PerfAttr excludeKernel(boolean on) {
    return set(EXCLUDE_KERNEL, on);
  }

  public PerfAttr excludeUser(boolean on) {
    return set(EXCLUDE_USER, on);
  }

  public PerfAttr excludeIdle(boolean on) {
    return set(EXCLUDE_IDLE, on);
  }

  public PerfAttr excludeCallchain(boolean kernel, boolean user) {
    set(EXCLUDE_CALLCHAIN_KERNEL, kernel);
    return set(EXCLUDE_CALLCHAIN_USER, user);
  }

  /** Records of new executable mappings, of names, of threads that start and end. */
  public PerfAttr tasks(boolean mappings, boolean names, boolean threads) {
    set(MMAP, mappings);
    set(MMAP2, mappings);
    set(COMM, names);
    set(COMM_EXEC, names);
    return set(TASK, threads);
  }

  /** Records of each switch to and away from a thread. */
  public PerfAttr switches(boolean on) {
    return set(CONTEXT_SWITCH, on);
  }

  public boolean isKernelExcluded() {
    return (flags & 1L << EXCLUDE_KERNEL) != 0;
  }

  public long sampleType() {
    return sampleType;
  }

  public long userRegisters() {
    return userRegisters;
  }

  public int userStackBytes() {
    return userStackBytes;
  }

  public long interruptRegisters() {
    return interruptRegisters;
  }

  public long readFormat() {
    return readFormat;
  }

  /**
   * Lays the struct out at {@code address}, which has room for {@link #SIZE_BYTES} zeroed bytes.
   */
  public void write(long address) {
    RawMemory.putInt(address, type);
    RawMemory.putInt(address + 4, SIZE_BYTES);
    RawMemory.putLong(address + 8, config);
    RawMemory.putLong(address + 16, samplePeriod);
    RawMemory.putLong(address + 24, sampleType);
    RawMemory.putLong(address + 32, readFormat);
    RawMemory.putLong(address + 40, flags);
    RawMemory.putInt(address + 48, wakeup);
    RawMemory.putLong(address + 56, config1);
    RawMemory.putLong(address + 64, config2);
    RawMemory.putLong(address + 80, userRegisters);
    RawMemory.putInt(address + 88, userStackBytes);
    RawMemory.putInt(address + 92, clockId);
    RawMemory.putLong(address + 96, interruptRegisters);
    RawMemory.putShort(address + 108, (short) maxStack);
  }

  private PerfAttr monotonic() {
    clockId = CLOCK_MONOTONIC;
    return set(USE_CLOCKID, true);
  }

  private PerfAttr set(int bit, boolean on) {
    flags = on ? flags | 1L << bit : flags & ~(1L << bit);
    return this;
  }
}
