package dev.sonde.probes;

import dev.sonde.vm.program.ExecutableProgram;
import java.util.List;

/** A batch of attachments that is in force until it is closed. */
public interface Link extends AutoCloseable {
  /** Returns what each attachment has matched and counted so far, in the order of the batch. */
  List<AttachmentStatus> status();

  /**
   * Puts {@code program} in the place of attachment {@code index}'s program, without an event lost
   * or seen by both. The replaced program may be closed when this returns.
   *
   * @throws AttachException if the program cannot run there; the old one stays
   */
  void replace(int index, ExecutableProgram program);

  /**
   * Detaches: no event arrives and no program of the batch runs when this returns; what was woven
   * is as it was before. Closing again does nothing.
   */
  @Override
  void close();
}
