package dev.sonde.verifier.require;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a global function takes, by its BTF prototype ({@code btf_prepare_func_args}, Linux 6.18):
 * with no more than this it is proved on its own (V-121).
 */
record Prototype(String name, List<Parameter> parameters) {
  private static final int MAX_PARAMETERS = 5;
  private static final String TAG = "arg:";
  private static final Set<String> TAGS = Set.of("ctx", "nonnull", "nullable", "trusted");

  /** What a parameter may be. */
  enum Kind {
    NUMBER,
    CONTEXT,
    MEMORY,
    DYNPTR,
    /** A pointer to a kernel struct by its name ({@code __arg_trusted}). */
    STRUCT
  }

  /**
   * @param sizeBytes of memory
   * @param nullable whether memory or the struct may be missing
   * @param struct the struct's name, "" of none
   */
  record Parameter(Kind kind, int sizeBytes, boolean nullable, String struct) {
    static Parameter of(Kind kind) {
      return new Parameter(kind, 0, false, "");
    }
  }

  static Prototype of(ProgramSpec program, SubprogramSpec function) {
    Btf btf = program.btf();
    String name = function.name();
    if (btf == null
        || !(btf.type(function.funcTypeId()) instanceof BtfType.Func type)
        || !(btf.type(type.proto()) instanceof BtfType.FuncProto proto)) {
      throw Step.invalid("func '%s' has no prototype".formatted(name));
    }
    if (proto.params().size() > MAX_PARAMETERS) {
      throw Step.invalid(
          "Global function %s() with %d > %d args. Buggy compiler."
              .formatted(name, proto.params().size(), MAX_PARAMETERS));
    }
    if (!isNumber(btf.resolved(proto.returns()))) {
      throw Step.invalid(
          "Global function %s() doesn't return scalar. Only those are supported.".formatted(name));
    }
    List<Parameter> parameters = new ArrayList<>();
    for (int i = 0; i < proto.params().size(); i++) {
      Set<String> tags = tags(btf, function.funcTypeId(), i);
      parameters.add(parameter(program.type(), btf, name, i, proto.params().get(i).type(), tags));
    }
    return new Prototype(name, List.copyOf(parameters));
  }

  private static boolean isNumber(BtfType type) {
    return type instanceof BtfType.Int || type instanceof BtfType.Enum;
  }

  /** Returns what {@code btf_decl_tag("arg:...")} says of the parameter. */
  private static Set<String> tags(Btf btf, int function, int parameter) {
    Set<String> tags = new HashSet<>();
    for (BtfType type : btf.types()) {
      if (type instanceof BtfType.DeclTag tag
          && tag.target() == function
          && tag.component() == parameter
          && tag.name().startsWith(TAG)) {
        tags.add(tag.name().substring(TAG.length()));
      }
    }
    return tags;
  }

  private static Parameter parameter(
      ProgramType program, Btf btf, String name, int index, int typeId, Set<String> tags) {
    if (!TAGS.containsAll(tags)) {
      throw Step.invalid("arg#%d has unsupported set of tags".formatted(index));
    }
    BtfType type = btf.resolved(typeId);
    if (!(type instanceof BtfType.Ptr pointer)) {
      return number(name, index, type, tags);
    }
    BtfType target = btf.resolved(pointer.target());
    if (tags.contains("ctx")) {
      requireOnly(Set.of("ctx"), tags, index);
      ContextType.requireTagged(program, btf, pointer.target(), index);
      return Parameter.of(Kind.CONTEXT);
    }
    if (ContextType.is(program, btf, pointer.target())) {
      requireOnly(Set.of(), tags, index);
      return Parameter.of(Kind.CONTEXT);
    }
    if (target instanceof BtfType.Struct && target.name().equals("bpf_dynptr")) {
      requireOnly(Set.of(), tags, index);
      return Parameter.of(Kind.DYNPTR);
    }
    if (tags.contains("trusted")) {
      requireOnly(Set.of("trusted", "nullable"), tags, index);
      if (!(target instanceof BtfType.Struct || target instanceof BtfType.Forward)) {
        throw Step.invalid(
            "arg#%d reference type('%s') has no matches".formatted(index, text(target)));
      }
      return new Parameter(Kind.STRUCT, 0, tags.contains("nullable"), target.name());
    }
    requireOnly(Set.of("nonnull"), tags, index);
    return memory(btf, index, pointer.target(), !tags.contains("nonnull"));
  }

  private static Parameter number(String name, int index, BtfType type, Set<String> tags) {
    if (!tags.isEmpty()) {
      throw Step.invalid("arg#%d has pointer tag, but is not a pointer type".formatted(index));
    }
    if (!isNumber(type)) {
      throw Step.invalid(
          "Arg#%d type %s in %s() is not supported yet.".formatted(index, kind(type), name));
    }
    return Parameter.of(Kind.NUMBER);
  }

  private static void requireOnly(Set<String> allowed, Set<String> tags, int index) {
    if (!allowed.containsAll(tags)) {
      throw Step.invalid("arg#%d has invalid combination of tags".formatted(index));
    }
  }

  private static Parameter memory(Btf btf, int index, int targetId, boolean nullable) {
    BtfType target = btf.resolved(targetId);
    boolean sized =
        !(target instanceof BtfType.Void)
            && !(target instanceof BtfType.Forward)
            && !(target instanceof BtfType.FuncProto);
    if (!sized) {
      throw Step.invalid(
          "arg#%d reference type('%s') size cannot be determined: -22"
              .formatted(index, text(target)));
    }
    return new Parameter(Kind.MEMORY, btf.sizeBytes(targetId), nullable, "");
  }

  /** Returns the kind and the name of a type, as the kernel's messages have them. */
  private static String text(BtfType type) {
    return kind(type) + " " + (type instanceof BtfType.Void ? "" : type.name());
  }

  private static String kind(BtfType type) {
    if (type instanceof BtfType.Struct struct) {
      return struct.union() ? "UNION" : "STRUCT";
    }
    if (type instanceof BtfType.Forward) {
      return "FWD";
    }
    if (type instanceof BtfType.FuncProto) {
      return "FUNC_PROTO";
    }
    if (type instanceof BtfType.FloatType) {
      return "FLOAT";
    }
    return type instanceof BtfType.Int ? "INT" : "UNKNOWN";
  }
}
