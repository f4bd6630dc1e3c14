package dev.sonde.agent.session;

import dev.sonde.probes.AttachmentStatus;
import java.util.List;
import java.util.Map;

/**
 * What a session is doing.
 *
 * @param probes one for each attachment, as the probes count
 * @param losses every place where an event can be lost, by name: how many were
 * @param exports what has left so far, by signal
 */
public record SessionStatus(
    String name,
    List<ProgramStatus> programs,
    List<AttachmentStatus> probes,
    Map<String, Long> losses,
    Map<String, Long> exports) {
  public SessionStatus {
    programs = List.copyOf(programs);
    probes = List.copyOf(probes);
  }

  /**
   * @param engine jit or interpreter
   * @param processedInsns what verification took
   */
  public record ProgramStatus(
      String name, String section, String engine, int insns, int processedInsns) {}
}
