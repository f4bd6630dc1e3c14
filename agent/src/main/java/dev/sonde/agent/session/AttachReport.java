package dev.sonde.agent.session;

import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.JfrTarget;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import java.util.List;

/** Says at the start of a session what its targets matched. */
final class AttachReport {
  private AttachReport() {}

  static void say(AttachmentStatus status, AgentLog log) {
    String program = status.attachment().program().program().spec().name();
    String target = status.attachment().target().toString();
    if (status.attachment().target() instanceof JfrTarget && status.matches() == 0) {
      String near =
          status.nearMatches().isEmpty()
              ? ""
              : ", did you mean %s?".formatted(String.join(", ", status.nearMatches()));
      log.warn(
          "program \"%s\": target %s: this JVM has no such event type yet%s"
              .formatted(program, target, near));
    } else if (status.matches() == 0 && status.nearMatches().isEmpty()) {
      sayNothingMatches(status, "program \"%s\": target %s".formatted(program, target), log);
    } else if (status.matches() == 0) {
      log.warn(
          "program \"%s\": target %s: matches no loaded method yet%s did you mean %s?"
              .formatted(
                  program,
                  target,
                  isOfMethods(status.nearMatches())
                      ? ","
                      : "; it is attached when such a class is loaded, or",
                  String.join(", ", status.nearMatches())));
    } else {
      log.info(
          "program \"%s\": target %s: attached to %d place%s"
              .formatted(program, target, status.matches(), status.matches() == 1 ? "" : "s"));
    }
    status
        .warnings()
        .forEach(
            warning ->
                log.warn("program \"%s\": target %s: %s".formatted(program, target, warning)));
    for (String refused : LeftOut.lines(status.refused())) {
      log.warn("program \"%s\": target %s: left out %s".formatted(program, target, refused));
    }
  }

  /** The usual thing at the start of a JVM, before the application's classes are loaded. */
  private static void sayNothingMatches(AttachmentStatus status, String where, AgentLog log) {
    if (status.refused().isEmpty()) { // else what is left out says it
      log.info(
          "%s: matches no loaded method yet%s; it is attached when such a class is loaded"
              .formatted(where, isFiltered(status) ? " that its filter lets pass" : ""));
    }
  }

  private static boolean isFiltered(AttachmentStatus status) {
    return status.attachment().target() instanceof MethodTarget target
        && !target.filter().equals(MethodFilter.NONE);
  }

  /** Else of classes, one of which the wanted one may join. */
  private static boolean isOfMethods(List<String> names) {
    return names.get(0).endsWith(")");
  }
}
