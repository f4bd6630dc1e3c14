package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.ExportConfig;
import dev.sonde.agent.config.AgentConfig.RecordConfig;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.map.MapSpec;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Whether a later build of an object means by its bytes what the first one did: exports go on with
 * the types that they were opened with.
 */
final class ReplacedTypes {
  private final Path file;
  private final CollectionSpec first;
  private final CollectionSpec later;

  ReplacedTypes(Path file, CollectionSpec first, CollectionSpec later) {
    this.file = file;
    this.first = first;
    this.later = later;
  }

  /** Refuses a build whose records or map elements would be read wrongly. */
  void requireSame(ExportConfig export) throws SessionException {
    Btf before = first.btf();
    Btf after = later.btf();
    if (before == null || after == null) {
      return;
    }
    for (RecordConfig record : export.records()) {
      OptionalInt old = before.find(record.type(), BtfType.Struct.class);
      OptionalInt now = after.find(record.type(), BtfType.Struct.class);
      boolean ofBoth = has(first, record.map()) && has(later, record.map());
      if (ofBoth && old.isPresent() && now.isPresent()) {
        require(
            "records of map \"%s\"".formatted(record.map()),
            text(before, old.getAsInt()),
            text(after, now.getAsInt()));
      }
    }
    for (MapSpec map : first.maps()) {
      for (MapSpec same : later.maps()) {
        if (map.name().equals(same.name()) && map.valueTypeId() != 0 && same.valueTypeId() != 0) {
          String what = " of map \"%s\"".formatted(map.name());
          require("keys" + what, text(before, map.keyTypeId()), text(after, same.keyTypeId()));
          require(
              "values" + what, text(before, map.valueTypeId()), text(after, same.valueTypeId()));
        }
      }
    }
  }

  private static boolean has(CollectionSpec spec, String map) {
    return spec.maps().stream().anyMatch(m -> m.name().equals(map));
  }

  private void require(String what, String before, String after) throws SessionException {
    if (!before.equals(after)) {
      throw new SessionException(
          "object %s: %s: got %s, want %s as in the build that runs: exports read it so; open a new"
                  .formatted(file, what, after, before)
              + " session for another layout");
    }
  }

  /** Returns a type's layout as text, with the names that exports show. */
  private static String text(Btf btf, int typeId) {
    BtfType type = btf.resolved(typeId);
    if (type instanceof BtfType.Struct struct) {
      StringBuilder text = new StringBuilder("{");
      for (BtfType.Member member : struct.members()) {
        text.append(text.length() == 1 ? "" : ", ")
            .append(text(btf, member.type()))
            .append(' ')
            .append(member.name())
            .append(" @")
            .append(member.bitOffset() / 8);
        if (member.bitSize() != 0) {
          text.append(':').append(member.bitOffset() % 8).append('+').append(member.bitSize());
        }
      }
      return text.append('}').toString();
    }
    if (type instanceof BtfType.Array array) {
      return text(btf, array.element()) + "[" + array.count() + "]";
    }
    if (type instanceof BtfType.Int number) {
      return (number.signed() ? "s" : "u") + number.sizeBytes() * 8;
    }
    return type.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
