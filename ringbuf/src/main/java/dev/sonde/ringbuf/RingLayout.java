package dev.sonde.ringbuf;

/**
 * The byte layout of a BPF ring buffer, native byte order.
 *
 * <pre>
 * consumer page   u64 position                          written by the reader only
 * producer page   u64 position                          written by producers only
 *                 Sonde's own words behind it           see the OFFSETs below
 * data            records from position &amp; (size - 1)
 *
 * record          u32 length | BUSY | DISCARD
 *                 u32 page offset of the record from the kernel's struct; 0 marks our padding
 *                 u8  payload[length]                   the next record is 8-byte aligned
 * </pre>
 *
 * <p>Positions only grow. The kernel maps the data twice, so that a record may run over the end;
 * our producer fills the tail with a discarded record instead, which every reader skips.
 *
 * @see <a href="https://docs.kernel.org/bpf/ringbuf.html">BPF ring buffer</a>
 */
public final class RingLayout {
  /** Set in a header while its record is being written. */
  public static final int BUSY = 1 << 31;

  /** Set in a header whose record is to be skipped. */
  public static final int DISCARD = 1 << 30;

  static final int LENGTH_MASK = DISCARD - 1;

  /** Before each record: its length with the bits above, and where its page is. */
  public static final int HEADER_BYTES = 8;

  /** The page size that ring sizes are multiples of, and that files are laid out with. */
  public static final int PAGE_BYTES = 4096;

  /**
   * Where the data starts in the kernel's struct bpf_ringbuf, in pages: what page offsets count.
   */
  static final int DATA_PAGE = 3;

  // Words of our own in the producer page. The lock is in the position's cache line: between two
  // producers one line goes to and fro, not two (19 million records a second, not 13).
  public static final int POSITION_OFFSET = 0;
  public static final int LOCK_OFFSET = 8;
  static final int PRODUCER_PID_OFFSET = 256;
  static final int MAGIC_OFFSET = 264;

  /** 1 where producers overwrite the oldest records: read such a ring by {@link RingSnapshot}. */
  static final int OVERWRITE_OFFSET = 272;

  static final long MAGIC = 0x31676e6972646e73L; // "sndring1"

  static final int PAGE_SHIFT = 12;

  // Flags of submit, discard and output, as in the kernel's uapi.
  public static final long NO_WAKEUP = 1;
  public static final long FORCE_WAKEUP = 2;

  private RingLayout() {}

  /** Returns both words before a record that begins at {@code offset}, the first one lower. */
  static long headerWords(int header, long offset) {
    long page = (offset & -PAGE_BYTES) << 32 - PAGE_SHIFT;
    return ((long) DATA_PAGE << 32 | header & 0xffff_ffffL) + page;
  }

  /** Returns how many bytes a record with {@code length} bytes of payload takes. */
  static long recordBytes(long length) {
    return length + HEADER_BYTES + 7 & ~7L;
  }

  /** Throws unless {@code sizeBytes} is a power of two and at least a page. */
  public static void checkSize(long sizeBytes) {
    if (sizeBytes < PAGE_BYTES || sizeBytes > 1 << 30 || Long.bitCount(sizeBytes) != 1) {
      throw new IllegalArgumentException(
          "ring: size %d B, want a power of two from 4096 to 2^30".formatted(sizeBytes));
    }
  }
}
