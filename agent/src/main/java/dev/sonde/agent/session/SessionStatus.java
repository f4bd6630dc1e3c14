package dev.sonde.agent.session;

import dev.sonde.probes.AttachmentStatus;
import java.util.List;
import java.util.Map;

/**
 * What a session is doing.
 *
 * @param probes one for each attachment, as the probes count
 * @param maps one for each ring and perf event array
 * @param recorders one for each flight recorder
 * @param losses every place where an event can be lost, by name: how many were
 * @param exports what has left so far, by signal
 */
public record SessionStatus(
    String name,
    List<ProgramStatus> programs,
    List<AttachmentStatus> probes,
    List<EventMapStatus> maps,
    List<RecorderStatus> recorders,
    Map<String, Long> losses,
    Map<String, Long> exports) {
  public SessionStatus {
    programs = List.copyOf(programs);
    probes = List.copyOf(probes);
    maps = List.copyOf(maps);
    recorders = List.copyOf(recorders);
  }

  /**
   * @param engine jit or interpreter
   * @param engineWhy why it is interpreted though it was to be compiled, else ""
   * @param processedInsns what verification took
   */
  public record ProgramStatus(
      String name,
      String section,
      String engine,
      String engineWhy,
      int insns,
      int processedInsns) {}

  /**
   * @param outcomes what became of the events that came in
   * @param losses how many did not, or never came out, by reason
   */
  public record EventMapStatus(
      String name, String type, Map<String, Long> outcomes, Map<String, Long> losses) {}

  /**
   * @param suppressed triggers within the cooldown of a dump
   * @param lastTrigger what pulled the last dump, "" before the first
   * @param lastFile where it is
   */
  public record RecorderStatus(
      String name, String map, long dumps, long suppressed, String lastTrigger, String lastFile) {}
}
