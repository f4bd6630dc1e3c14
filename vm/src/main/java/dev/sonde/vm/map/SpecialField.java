package dev.sonde.vm.map;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.ObjectFormatException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A part of a map's value that only helpers may touch: programs neither load nor store it, and
 * copies of the value go around it ({@code struct btf_field} of the kernel).
 *
 * @param offsetBytes where in the value it stands
 */
public record SpecialField(Kind kind, int offsetBytes) {
  /** What a special field is: known by the name of its struct. */
  public enum Kind {
    SPIN_LOCK("bpf_spin_lock", 4, 4),
    TIMER("bpf_timer", 16, 8);

    private final String structName;
    private final int sizeBytes;
    private final int alignBytes;

    Kind(String structName, int sizeBytes, int alignBytes) {
      this.structName = structName;
      this.sizeBytes = sizeBytes;
      this.alignBytes = alignBytes;
    }

    /** Returns the name as C and the verifier's log have it. */
    public String structName() {
      return structName;
    }

    public int sizeBytes() {
      return sizeBytes;
    }
  }

  /** How deep structs may nest, as in the kernel (MAX_RESOLVE_DEPTH). */
  private static final int MAX_DEPTH = 32;

  /** Tells whether {@code sizeBytes} bytes at {@code offset} of the value touch this field. */
  public boolean overlaps(long offset, long sizeBytes) {
    return offset < (long) offsetBytes + kind.sizeBytes && offset + sizeBytes > offsetBytes;
  }

  /**
   * Finds the special fields of a value of BTF type {@code typeId}, ascending by offset.
   *
   * @param where what an error names
   * @throws ObjectFormatException if a kind stands in it twice, or out of its alignment
   */
  public static List<SpecialField> of(@Nullable Btf btf, int typeId, String where) {
    if (btf == null || typeId == 0) {
      return List.of();
    }
    Search search = new Search(btf, where);
    search.visit(typeId, 0, 0);
    List<SpecialField> fields = new ArrayList<>(search.found.values());
    fields.sort((a, b) -> Integer.compare(a.offsetBytes(), b.offsetBytes()));
    return List.copyOf(fields);
  }

  /** One walk over a value's type. */
  private static final class Search {
    private final Btf btf;
    private final String where;
    private final Map<Kind, SpecialField> found = new EnumMap<>(Kind.class);
    private final Set<Integer> without = new HashSet<>(); // else nesting could cost 2^depth visits

    Search(Btf btf, String where) {
      this.btf = btf;
      this.where = where;
    }

    void visit(int typeId, int atBytes, int depth) {
      int id = btf.resolve(typeId);
      BtfType type = btf.type(id);
      if (depth > MAX_DEPTH || without.contains(id)) {
        return;
      }
      int before = found.size();
      if (type instanceof BtfType.DataSec section) {
        for (BtfType.SecVar entry : section.vars()) {
          if (btf.type(entry.var()) instanceof BtfType.Var variable) {
            visit(variable.type(), atBytes + entry.offsetBytes(), depth + 1);
          }
        }
      } else if (type instanceof BtfType.Struct struct && !struct.union()) {
        visitStruct(struct, atBytes, depth);
      }
      if (found.size() == before) {
        without.add(id);
      }
    }

    private void visitStruct(BtfType.Struct struct, int atBytes, int depth) {
      for (Kind kind : Kind.values()) {
        if (kind.structName.equals(struct.name()) && kind.sizeBytes == struct.sizeBytes()) {
          add(new SpecialField(kind, atBytes));
          return;
        }
      }
      for (BtfType.Member member : struct.members()) {
        visit(member.type(), atBytes + member.bitOffset() / 8, depth + 1);
      }
    }

    private void add(SpecialField field) {
      Kind kind = field.kind;
      if (field.offsetBytes % kind.alignBytes != 0) {
        throw new ObjectFormatException(
            where,
            kind.structName,
            "offset " + field.offsetBytes + " B",
            "a multiple of " + kind.alignBytes);
      }
      SpecialField first = found.putIfAbsent(kind, field);
      if (first != null) {
        throw new ObjectFormatException(
            where,
            kind.structName,
            "one at %d B and one at %d B".formatted(first.offsetBytes, field.offsetBytes),
            "at most one in a value");
      }
    }
  }
}
