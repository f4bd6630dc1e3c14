package dev.sonde.probes.uprobe;

import dev.sonde.probes.UsdtTarget;
import java.util.List;
import java.util.TreeSet;

/** Static probes that somebody may have meant. */
final class NearProbes {
  private static final int SHOWN = 8;

  private NearProbes() {}

  static String of(UsdtTarget target, List<UsdtProbe> all) {
    TreeSet<String> near = new TreeSet<>();
    TreeSet<String> any = new TreeSet<>();
    String stem = target.name().replaceAll("[*?_-]", "");
    String part = stem.substring(0, Math.min(stem.length(), 4));
    for (UsdtProbe probe : all) {
      String name = probe.provider() + ":" + probe.name();
      any.add(name);
      if (probe.name().replace("_", "").contains(part)) {
        near.add(name);
      }
    }
    if (any.isEmpty()) {
      return "a binary that was built with static probes (section .note.stapsdt)";
    }
    List<String> some = (near.isEmpty() ? any : near).stream().limit(SHOWN).toList();
    return String.join(", ", some);
  }
}
