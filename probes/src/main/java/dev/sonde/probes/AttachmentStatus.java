package dev.sonde.probes;

import java.util.List;

/**
 * What became of one attachment.
 *
 * @param attachment as it was asked for
 * @param matches places (methods, call sites, lines) that run the program now
 * @param nearMatches where nothing matches: names close to what was asked for, the closest first
 * @param refused places that match but cannot be woven, {@code PLACE: REASON} each; of one reason
 *     the first {@link #MAX_OF_REASON}
 * @param runCount how often the program ran (run_cnt)
 * @param runTimeNanos how long it ran in all, estimated from one run in 256 (run_time_ns)
 * @param recursionMisses events that were dropped because a program ran on that carrier already
 * @param limited events that sampling, rate or minimum duration held back after a decision was made
 * @param errors runs that ended in an exception or found no carrier slot
 * @param lost events that the kernel could not hand over (LOST records)
 * @param warnings what the user should know: a price, a cheaper way, a thing that is missing
 * @param disabled why the probe was switched off, "" while it is on
 */
public record AttachmentStatus(
    Attachment attachment,
    int matches,
    List<String> nearMatches,
    List<String> refused,
    long runCount,
    long runTimeNanos,
    long recursionMisses,
    long limited,
    long errors,
    long lost,
    List<String> warnings,
    String disabled) {
  /** How many places that were refused for the same reason are named. */
  public static final int MAX_OF_REASON = 100;

  public AttachmentStatus {
    nearMatches = List.copyOf(nearMatches);
    refused = List.copyOf(refused);
    warnings = List.copyOf(warnings);
  }
}
