package dev.sonde.agent.session;

import dev.sonde.probes.AttachmentStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Places that a target names and that are not woven, as people read them. */
public final class LeftOut {
  /** So many of one reason have a line each; of more, some are named in one. */
  private static final int NAMED = 3;

  private LeftOut() {}

  /**
   * Returns a line for each place, but one line for many of the same reason: a glob meets abstract
   * methods by the hundred.
   *
   * @param refused {@code PLACE: REASON} each
   */
  public static List<String> lines(List<String> refused) {
    Map<String, List<String>> places = new LinkedHashMap<>(); // by reason
    for (String entry : refused) {
      int colon = Math.max(entry.indexOf(": "), 0);
      places
          .computeIfAbsent(entry.substring(colon), reason -> new ArrayList<>())
          .add(entry.substring(0, colon));
    }
    List<String> lines = new ArrayList<>();
    places.forEach((reason, named) -> add(lines, named, reason));
    return lines;
  }

  private static void add(List<String> lines, List<String> places, String reason) {
    if (places.size() <= NAMED) {
      places.forEach(place -> lines.add(place + reason));
    } else {
      lines.add(
          "%s and %d %s%s"
              .formatted(
                  String.join(", ", places.subList(0, NAMED)),
                  places.size() - NAMED,
                  places.size() < AttachmentStatus.MAX_OF_REASON ? "more" : "or more",
                  reason));
    }
  }
}
