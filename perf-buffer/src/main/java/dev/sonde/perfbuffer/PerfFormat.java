package dev.sonde.perfbuffer;

/**
 * What the fields of an event's records are: the parts of {@code struct perf_event_attr} that a
 * parser needs.
 *
 * @param sampleType SAMPLE_ bits of {@link PerfLayout}
 * @param sampleIdAll whether records other than samples end with the ids that the mask asks for
 * @param readFormat FORMAT_ bits, where the mask has SAMPLE_READ
 * @param branchSampleType where the mask has SAMPLE_BRANCH_STACK
 * @param userRegisters sample_regs_user
 * @param interruptRegisters sample_regs_intr
 */
public record PerfFormat(
    long sampleType,
    boolean sampleIdAll,
    long readFormat,
    long branchSampleType,
    long userRegisters,
    long interruptRegisters) {

  /** Bits whose layout is known; a mask with others cannot be parsed. */
  private static final long KNOWN = (1 << 25) - 1;

  public PerfFormat {
    if ((sampleType & ~KNOWN) != 0) {
      throw new IllegalArgumentException(
          "perf format: sample type 0x%x, want none of 0x%x"
              .formatted(sampleType, sampleType & ~KNOWN));
    }
  }

  /** Returns a format whose mask needs none of the other parameters. */
  public static PerfFormat of(long sampleType) {
    return new PerfFormat(sampleType, true, 0, 0, 0, 0);
  }

  /** Returns this format with registers and stack parsed by {@code userRegisters}. */
  public PerfFormat withUserRegisters(long newUserRegisters) {
    return new PerfFormat(
        sampleType,
        sampleIdAll,
        readFormat,
        branchSampleType,
        newUserRegisters,
        interruptRegisters);
  }

  boolean has(long bit) {
    return (sampleType & bit) != 0;
  }
}
