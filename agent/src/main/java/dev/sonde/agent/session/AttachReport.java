package dev.sonde.agent.session;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.JfrTarget;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import java.util.List;

/** Says at the start of a session what its targets matched. */
final class AttachReport {
  private AttachReport() {}

  static void say(AttachmentStatus status, AgentLog log) {
    String where = where(status.attachment());
    if (status.attachment().target() instanceof JfrTarget && status.matches() == 0) {
      String near =
          status.nearMatches().isEmpty()
              ? ""
              : ", did you mean %s?".formatted(String.join(", ", status.nearMatches()));
      log.warn("%s: this JVM has no such event type yet%s".formatted(where, near));
    } else if (status.matches() == 0 && status.nearMatches().isEmpty()) {
      sayNothingMatches(status, where, log);
    } else if (status.matches() == 0) {
      log.warn(
          "%s: matches no loaded method yet%s did you mean %s?"
              .formatted(
                  where,
                  isOfMethods(status.nearMatches())
                      ? ","
                      : "; it is attached when such a class is loaded, or",
                  String.join(", ", status.nearMatches())));
    } else {
      log.info(
          "%s: attached to %d place%s"
              .formatted(where, status.matches(), status.matches() == 1 ? "" : "s"));
    }
    status.warnings().forEach(warning -> log.warn("%s: %s".formatted(where, warning)));
    sayLeftOut(status.attachment(), status.refused(), log);
  }

  static void sayLeftOut(Attachment attachment, List<String> refused, AgentLog log) {
    for (String line : LeftOut.lines(refused)) {
      log.warn("%s: left out %s".formatted(where(attachment), line));
    }
  }

  static String where(Attachment attachment) {
    return "program \"%s\": target %s"
        .formatted(attachment.program().program().spec().name(), attachment.target());
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
