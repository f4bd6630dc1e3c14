package dev.sonde.verifier.witness;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The maps and kfuncs that generated programs may use, by their number. */
final class Resources {
  static final int ARRAY = 0;
  static final int HASH = 1;
  static final int RING = 2;
  static final int SINGLE = 3;
  static final int USER_RING = 4;

  /** Values with a lock and a timer, of which tracing programs may have none. */
  static final int FIELDS = 5;

  static final int ARRAY_VALUE_BYTES = 64;
  static final int HASH_VALUE_BYTES = 24;
  static final int LOCK_OFFSET = 0;
  static final int TIMER_OFFSET = 16;
  static final int FIELDS_DATA_OFFSET = 32;
  static final int FIELDS_VALUE_BYTES = 64;

  static final int SLICE = 6;
  static final int SLICE_RDWR = 7;
  static final int DYNPTR_SIZE = 8;
  static final int ADJUST = 9;
  static final int CLONE = 10;

  /** bpf_dynptr_from_xdp or from_skb. */
  static final int FROM_PACKET = 11;

  private static final List<BpfMap> MAPS =
      List.of(
          Maps.create(MapSpec.of("array", MapType.ARRAY, 4, ARRAY_VALUE_BYTES, 4)),
          Maps.create(MapSpec.of("hash", MapType.HASH, 4, HASH_VALUE_BYTES, 16)),
          Maps.create(MapSpec.of("ring", MapType.RINGBUF, 0, 0, 4096)),
          Maps.create(MapSpec.of("single", MapType.ARRAY, 4, ARRAY_VALUE_BYTES, 1)),
          Maps.create(MapSpec.of("user", MapType.USER_RINGBUF, 0, 0, 4096)),
          Maps.create(
              MapSpec.of("fields", MapType.ARRAY, 4, FIELDS_VALUE_BYTES, 4)
                  .withSpecialFields(
                      List.of(
                          new SpecialField(SpecialField.Kind.SPIN_LOCK, LOCK_OFFSET),
                          new SpecialField(SpecialField.Kind.TIMER, TIMER_OFFSET)))));

  private static final List<String> KFUNCS =
      List.of(
          "bpf_iter_num_new",
          "bpf_iter_num_next",
          "bpf_iter_num_destroy",
          "bpf_iter_bits_new",
          "bpf_iter_bits_next",
          "bpf_iter_bits_destroy",
          "bpf_dynptr_slice",
          "bpf_dynptr_slice_rdwr",
          "bpf_dynptr_size",
          "bpf_dynptr_adjust",
          "bpf_dynptr_clone");

  /** {@code long f(long number, long *cell)}, global. */
  private static final Btf PROTOTYPE =
      new Btf(
          List.of(
              new BtfType.Void(),
              new BtfType.Int("long", 8, 64, 0, true, false, false),
              new BtfType.Ptr("", 1),
              new BtfType.FuncProto(
                  "", 1, List.of(new BtfType.Param("number", 1), new BtfType.Param("cell", 2))),
              new BtfType.Func("f", 3, BtfType.Linkage.GLOBAL)));

  private Resources() {}

  static ResolvedProgram program(ProgramGenerator generator) {
    List<Insn> insns = generator.generate();
    int at = generator.subprogramAt();
    SubprogramSpec main = new SubprogramSpec(0, "generated", 0, false);
    List<SubprogramSpec> functions =
        at < 0 ? List.of(main) : List.of(main, new SubprogramSpec(at, "f", 4, true));
    return program(generator.context(), insns, generator.isGlobal() ? functions : List.of(main));
  }

  private static ResolvedProgram program(
      ContextLoads context, List<Insn> insns, List<SubprogramSpec> functions) {
    List<BpfMap> maps = context.hasPacket() ? MAPS : MAPS.subList(0, FIELDS);
    List<String> kfuncs = new ArrayList<>(KFUNCS);
    if (context.hasPacket()) {
      boolean xdp = context == ContextLoads.FRAME;
      kfuncs.add(xdp ? "bpf_dynptr_from_xdp" : "bpf_dynptr_from_skb");
    }
    ProgramSpec bare = ProgramSpec.of("generated", context.type, insns);
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            bare.type(),
            insns,
            maps.stream().map(map -> map.spec().name()).toList(),
            kfuncs,
            "GPL",
            functions,
            List.of(),
            PROTOTYPE);
    List<HelperProto> rows =
        kfuncs.stream().map(name -> Objects.requireNonNull(Kfuncs.byName(name))).toList();
    return new ResolvedProgram(spec, maps, rows);
  }
}
