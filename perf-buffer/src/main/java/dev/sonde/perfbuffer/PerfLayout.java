package dev.sonde.perfbuffer;

/**
 * Offsets and codes of {@code linux/perf_event.h}.
 *
 * <pre>
 * metadata page   u64 data_head at 1024 (the writer's), u64 data_tail at 1032 (the reader's)
 * data            a power of two; position p lies at p &amp; (size - 1); records may wrap
 * record          u32 type, u16 misc, u16 size (header included, a multiple of 8), body
 * </pre>
 */
public final class PerfLayout {
  public static final int DATA_HEAD = 1024;
  public static final int DATA_TAIL = 1032;

  /** Where the kernel says at which offset of the mapping the data begin, and how many bytes. */
  public static final int DATA_OFFSET = 1040;

  public static final int DATA_SIZE = 1048;
  public static final int HEADER_BYTES = 8;

  /** The largest record: its size is a u16 that is a multiple of 8. */
  public static final int MAX_RECORD_BYTES = 65528;

  // record types
  public static final int MMAP = 1;
  public static final int LOST = 2;
  public static final int COMM = 3;
  public static final int EXIT = 4;
  public static final int THROTTLE = 5;
  public static final int UNTHROTTLE = 6;
  public static final int FORK = 7;
  public static final int READ = 8;
  public static final int SAMPLE = 9;
  public static final int MMAP2 = 10;
  public static final int AUX = 11;
  public static final int ITRACE_START = 12;
  public static final int LOST_SAMPLES = 13;
  public static final int SWITCH = 14;
  public static final int SWITCH_CPU_WIDE = 15;

  /** In misc of COMM: the name is that of a file that was executed. */
  public static final int MISC_COMM_EXEC = 1 << 13;

  /** In misc of MMAP2: a build id stands where device and inode would. */
  public static final int MISC_MMAP_BUILD_ID = 1 << 14;

  /** In misc of SWITCH and SWITCH_CPU_WIDE: the task goes off the CPU. */
  public static final int MISC_SWITCH_OUT = 1 << 13;

  // sample_type
  public static final long SAMPLE_IP = 1;
  public static final long SAMPLE_TID = 1 << 1;
  public static final long SAMPLE_TIME = 1 << 2;
  public static final long SAMPLE_ADDR = 1 << 3;
  public static final long SAMPLE_READ = 1 << 4;
  public static final long SAMPLE_CALLCHAIN = 1 << 5;
  public static final long SAMPLE_ID = 1 << 6;
  public static final long SAMPLE_CPU = 1 << 7;
  public static final long SAMPLE_PERIOD = 1 << 8;
  public static final long SAMPLE_STREAM_ID = 1 << 9;
  public static final long SAMPLE_RAW = 1 << 10;
  public static final long SAMPLE_BRANCH_STACK = 1 << 11;
  public static final long SAMPLE_REGS_USER = 1 << 12;
  public static final long SAMPLE_STACK_USER = 1 << 13;
  public static final long SAMPLE_WEIGHT = 1 << 14;
  public static final long SAMPLE_DATA_SRC = 1 << 15;
  public static final long SAMPLE_IDENTIFIER = 1 << 16;
  public static final long SAMPLE_TRANSACTION = 1 << 17;
  public static final long SAMPLE_REGS_INTR = 1 << 18;
  public static final long SAMPLE_PHYS_ADDR = 1 << 19;
  public static final long SAMPLE_AUX = 1 << 20;
  public static final long SAMPLE_CGROUP = 1 << 21;
  public static final long SAMPLE_DATA_PAGE_SIZE = 1 << 22;
  public static final long SAMPLE_CODE_PAGE_SIZE = 1 << 23;
  public static final long SAMPLE_WEIGHT_STRUCT = 1 << 24;

  // read_format
  public static final long FORMAT_TOTAL_TIME_ENABLED = 1;
  public static final long FORMAT_TOTAL_TIME_RUNNING = 1 << 1;
  public static final long FORMAT_ID = 1 << 2;
  public static final long FORMAT_GROUP = 1 << 3;
  public static final long FORMAT_LOST = 1 << 4;

  /** In branch_sample_type: a u64 hardware index precedes the branches. */
  public static final long BRANCH_HW_INDEX = 1 << 17;

  /** In branch_sample_type: a u64 of counters for each branch follows the branches. */
  public static final long BRANCH_COUNTERS = 1 << 19;

  private PerfLayout() {}
}
