package dev.sonde.vm.btf;

import java.util.ArrayList;
import java.util.List;

/**
 * Answers CO-RE relocations: what an object compiled against its own types asks about the types of
 * the machine that it runs on.
 *
 * @see <a href="https://docs.kernel.org/bpf/llvm_reloc.html#co-re-relocations">CO-RE</a>
 */
public final class CoreRelocator {
  /**
   * The answer to one relocation.
   *
   * @param value what the insn is to hold
   * @param missing the target has no such thing: the insn may never be reached
   * @param sizeBytes of the field in the target, if the insn loads or stores it; 0: as it is
   */
  public record Answer(long value, boolean missing, int sizeBytes) {
    private static final Answer MISSING = new Answer(0, true, 0);

    static Answer of(long value) {
      return new Answer(value, false, 0);
    }

    static Answer of(boolean value) {
      return of(value ? 1 : 0);
    }
  }

  private final Btf local;
  private final CoreTarget target;
  private final CoreTypes types;

  public CoreRelocator(Btf local, CoreTarget target) {
    this.local = local;
    this.target = target;
    this.types = new CoreTypes(local, target.btf());
  }

  /**
   * Answers one relocation.
   *
   * @param typeId the local type that the path starts from
   * @param access the path, as clang spells it
   * @throws ObjectFormatException if the path leads nowhere or the target has several answers
   */
  public Answer answer(CoreKind kind, int typeId, String access) {
    if (kind == CoreKind.TYPE_ID_LOCAL) {
      return Answer.of(typeId);
    }
    if (kind.isField()) {
      return field(kind, CorePath.parse(local, typeId, access));
    }
    if (kind.isEnumValue()) {
      return enumValue(kind, typeId, CorePath.index(access, typeId));
    }
    return type(kind, typeId);
  }

  // ---- fields -----------------------------------------------------------------------------------

  private Answer field(CoreKind kind, CorePath path) {
    List<Answer> answers = new ArrayList<>();
    for (int candidate : target.candidates(local.type(rootName(path.rootId())))) {
      CorePath found = CoreMatcher.match(path, target.btf(), candidate);
      if (found != null) {
        answers.add(field(kind, path, found));
      }
    }
    return kind == CoreKind.FIELD_EXISTS
        ? Answer.of(!answers.isEmpty())
        : only(answers, "field of \"" + local.resolved(path.rootId()).name() + "\"");
  }

  /** Typedefs of unnamed structs are found by the typedef's name, structs by their own. */
  private int rootName(int typeId) {
    int resolved = local.resolve(typeId);
    return local.type(resolved).name().isEmpty() ? typeId : resolved;
  }

  private Answer field(CoreKind kind, CorePath path, CorePath found) {
    CoreField field = CoreField.at(found);
    return switch (kind) {
      case FIELD_BYTE_OFFSET ->
          new Answer(field.byteOffset(), false, loadSize(CoreField.at(path), field));
      case FIELD_BYTE_SIZE -> Answer.of(field.sizeBytes());
      case FIELD_SIGNED -> Answer.of(field.signed());
      case FIELD_LSHIFT_U64 -> Answer.of(field.leftShift());
      case FIELD_RSHIFT_U64 -> Answer.of(field.rightShift());
      default -> Answer.of(true);
    };
  }

  /**
   * Returns the size that a load of the field must have; 0 when it keeps its own. A negative one
   * says that no size is right: extending a signed number takes more than another size.
   */
  private int loadSize(CoreField from, CoreField to) {
    if (from.sizeBytes() == to.sizeBytes()) {
      return 0;
    }
    BtfType a = local.resolved(from.typeId());
    BtfType b = target.btf().resolved(to.typeId());
    boolean pointers = a instanceof BtfType.Ptr && b instanceof BtfType.Ptr;
    boolean unsigned =
        a instanceof BtfType.Int one
            && b instanceof BtfType.Int two
            && !one.signed()
            && !two.signed();
    return pointers || unsigned ? to.sizeBytes() : -1;
  }

  // ---- types ------------------------------------------------------------------------------------

  private Answer type(CoreKind kind, int typeId) {
    List<Answer> answers = new ArrayList<>();
    for (int candidate : target.candidates(local.type(typeId))) {
      boolean found =
          kind == CoreKind.TYPE_MATCHES
              ? types.matches(typeId, candidate)
              : types.compatible(typeId, candidate);
      if (found) {
        answers.add(
            switch (kind) {
              case TYPE_SIZE -> Answer.of(target.btf().sizeBytes(candidate));
              case TYPE_ID_TARGET -> Answer.of(candidate);
              default -> Answer.of(true);
            });
      }
    }
    return answers.isEmpty() ? Answer.of(0) : only(answers, local.type(typeId).name());
  }

  private Answer enumValue(CoreKind kind, int typeId, int index) {
    if (!(local.resolved(typeId) instanceof BtfType.Enum wanted)
        || index >= wanted.values().size()) {
      throw new ObjectFormatException("type " + typeId, "enumerator", index, "one of an enum");
    }
    String name = CoreTarget.essential(wanted.values().get(index).name());
    List<Answer> answers = new ArrayList<>();
    for (int candidate : target.candidates(local.type(rootName(typeId)))) {
      if (target.btf().resolved(candidate) instanceof BtfType.Enum there) {
        there.values().stream()
            .filter(v -> CoreTarget.essential(v.name()).equals(name))
            .findFirst()
            .ifPresent(v -> answers.add(Answer.of(v.value())));
      }
    }
    return kind == CoreKind.ENUM_VALUE_EXISTS ? Answer.of(!answers.isEmpty()) : only(answers, name);
  }

  private static Answer only(List<Answer> answers, String what) {
    Answer only = null;
    for (Answer answer : answers) {
      if (only != null && !only.equals(answer)) {
        throw new ObjectFormatException(
            "relocation of " + what, "answers of the target", only + " and " + answer, "one");
      }
      only = answer;
    }
    return only == null ? Answer.MISSING : only;
  }
}
