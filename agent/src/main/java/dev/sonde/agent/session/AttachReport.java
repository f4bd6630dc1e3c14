package dev.sonde.agent.session;

import dev.sonde.probes.AttachmentStatus;

/** Says at the start of a session what its targets matched. */
final class AttachReport {
  private AttachReport() {}

  static void say(AttachmentStatus status, AgentLog log) {
    String program = status.attachment().program().program().spec().name();
    String target = status.attachment().target().toString();
    if (status.matches() == 0) {
      log.warn(
          "program \"%s\": target %s: matches no loaded method yet%s"
              .formatted(program, target, near(status)));
    } else {
      log.info(
          "program \"%s\": target %s: attached to %d place%s"
              .formatted(program, target, status.matches(), status.matches() == 1 ? "" : "s"));
    }
    for (String refused : status.refused()) {
      log.warn("program \"%s\": target %s: left out %s".formatted(program, target, refused));
    }
  }

  private static String near(AttachmentStatus status) {
    return status.nearMatches().isEmpty()
        ? "; it will be attached when such a class is loaded"
        : ", did you mean " + String.join(", ", status.nearMatches()) + "?";
  }
}
