package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Programs that the verifier accepts and that would run for minutes to ages: both engines end them
 * soon after the time that they were given, with 0, and count them.
 */
class FuelTest {
  private static final long GIVEN_NANOS = 100_000_000;
  private static final long BOUND_NANOS = 40_000_000_000L; // of a slow machine with other work
  private static final int TURNS = 10_000;
  private static final int RANDOM = 7; // bpf_get_prandom_u32: no compiler can leave it out
  private static final int FUNCTION = 4; // BTF type of long f(void)
  private static final int BIG_VALUE_BYTES = 16 << 20;
  private static final List<String> KFUNCS =
      List.of("bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy");

  private static final Btf PROTOTYPES =
      new Btf(
          List.of(
              new BtfType.Void(),
              new BtfType.Int("long", 8, 64, 0, true, false, false),
              new BtfType.Ptr("", 1),
              new BtfType.FuncProto("", 1, List.of()),
              new BtfType.Func("f", 3, BtfType.Linkage.GLOBAL)));

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);

  @Test
  void globalFunctionsThatLoopInLoops() throws VerificationException {
    List<Insn> insns = new ArrayList<>();
    List<Integer> globals = new ArrayList<>();
    for (int depth = 0; depth < 4; depth++) {
      globals.add(insns.size());
      insns.addAll(loop(TURNS, call(Opcodes.PSEUDO_CALL, 4)));
    }
    globals.add(insns.size());
    insns.addAll(loop(TURNS, call(0, RANDOM)));
    endsInTime(program(insns, globals));
  }

  /** A function without a loop may still be long. */
  @Test
  void longGlobalFunctionsInLoops() throws VerificationException {
    List<Insn> insns = new ArrayList<>(loop(10_000, call(Opcodes.PSEUDO_CALL, 4)));
    int first = insns.size();
    insns.addAll(loop(100, call(Opcodes.PSEUDO_CALL, 4)));
    int second = insns.size();
    for (int i = 0; i < 5_000; i++) {
      insns.add(call(0, RANDOM));
    }
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    endsInTime(program(insns, List.of(first, second)));
  }

  @Test
  void callbacksThatLoop() throws VerificationException {
    List<Insn> insns = new ArrayList<>(bpfLoop(1 << 23));
    insns.addAll(loop(20_000, call(0, RANDOM)));
    endsInTime(program(insns, List.of()));
  }

  @Test
  void callbacksThatCallGlobalFunctionsThatLoop() throws VerificationException {
    List<Insn> insns = new ArrayList<>(bpfLoop(1 << 23));
    insns.addAll(loop(TURNS, call(Opcodes.PSEUDO_CALL, 4)));
    int global = insns.size();
    insns.addAll(loop(TURNS, call(0, RANDOM)));
    endsInTime(program(insns, List.of(global)));
  }

  @Test
  void elementsOfABigMapInALoop() throws VerificationException {
    try (BpfMap map = Maps.create(MapSpec.of("big", MapType.ARRAY, 4, 8, 1 << 20))) {
      List<Insn> insns = new ArrayList<>(loop(30, call(Opcodes.PSEUDO_CALL, 4)));
      int global = insns.size();
      insns.addAll(loop(30, each(11)));
      insns.add(new Insn(0xb7, 0, 0, 0, 0)); // the callback
      insns.add(new Insn(0x95, 0, 0, 0, 0));
      endsInTime(program(insns, List.of(global), map));
    }
  }

  /** Nothing is called, for there is nothing: but the buckets are many. */
  @Test
  void elementsOfABigEmptyMapInALoop() throws VerificationException {
    try (BpfMap map = Maps.create(MapSpec.of("empty", MapType.HASH, 4, 8, 1 << 20))) {
      List<Insn> insns = new ArrayList<>(loop(30, call(Opcodes.PSEUDO_CALL, 4)));
      int global = insns.size();
      insns.addAll(loop(30, each(11)));
      insns.add(new Insn(0xb7, 0, 0, 0, 0)); // the callback
      insns.add(new Insn(0x95, 0, 0, 0, 0));
      endsInTime(program(insns, List.of(global), map));
    }
  }

  /** {@code bpf_for_each_map_elem} of map 0 with the function so far behind the first insn. */
  private static Insn[] each(int distance) {
    return new Insn[] {
      new Insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_FD, 0, 0),
      new Insn(0, 0, 0, 0, 0),
      new Insn(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_FUNC, 0, distance - 3),
      new Insn(0, 0, 0, 0, 0),
      new Insn(0xb7, 3, 0, 0, 0),
      new Insn(0xb7, 4, 0, 0, 0),
      call(0, 164)
    };
  }

  @Test
  void turnsOfMayGotoInGlobalFunctions() throws VerificationException {
    List<Insn> insns = new ArrayList<>(loop(TURNS, call(Opcodes.PSEUDO_CALL, 4)));
    int global = insns.size();
    insns.add(new Insn(0xb7, 0, 0, 0, 0));
    insns.add(new Insn(0xe5, 0, 0, 1, 0)); // may_goto +1
    insns.add(new Insn(0x05, 0, 0, -2, 0));
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    endsInTime(program(insns, List.of(global)));
  }

  @Test
  void iteratorsInGlobalFunctions() throws VerificationException {
    List<Insn> insns = new ArrayList<>(loop(TURNS, call(Opcodes.PSEUDO_CALL, 4)));
    int global = insns.size();
    insns.addAll(
        List.of(
            new Insn(0xbf, 1, 10, 0, 0),
            new Insn(0x07, 1, 0, 0, -8),
            new Insn(0xb7, 2, 0, 0, 0),
            new Insn(0xb7, 3, 0, 0, 1 << 23),
            call(Opcodes.PSEUDO_KFUNC_CALL, 0),
            new Insn(0xbf, 1, 10, 0, 0),
            new Insn(0x07, 1, 0, 0, -8),
            call(Opcodes.PSEUDO_KFUNC_CALL, 1),
            new Insn(0x55, 0, 0, -4, 0), // if r0 != 0 goto next
            new Insn(0xbf, 1, 10, 0, 0),
            new Insn(0x07, 1, 0, 0, -8),
            call(Opcodes.PSEUDO_KFUNC_CALL, 2),
            new Insn(0xb7, 0, 0, 0, 0),
            new Insn(0x95, 0, 0, 0, 0)));
    endsInTime(program(insns, List.of(global)));
  }

  /** 33 more runs of the program, each of which would take for ever. */
  @Test
  void tailCalls() throws VerificationException {
    try (BpfMap map = Maps.create(MapSpec.of("programs", MapType.PROG_ARRAY, 4, 4, 1))) {
      List<Insn> insns = new ArrayList<>();
      insns.add(new Insn(0xbf, 7, 1, 0, 0));
      insns.add(new Insn(0xb7, 6, 0, 0, 0));
      insns.add(call(Opcodes.PSEUDO_CALL, 9));
      insns.add(new Insn(0x07, 6, 0, 0, 1));
      insns.add(new Insn(0x55, 6, 0, -3, 100)); // a second or so
      insns.add(new Insn(0xbf, 1, 7, 0, 0));
      insns.add(new Insn(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_MAP_FD, 0, 0));
      insns.add(new Insn(0, 0, 0, 0, 0));
      insns.add(new Insn(0xb7, 3, 0, 0, 0));
      insns.add(call(0, 12));
      insns.add(new Insn(0xb7, 0, 0, 0, 1));
      insns.add(new Insn(0x95, 0, 0, 0, 0));
      int first = insns.size();
      insns.addAll(loop(1_000, call(Opcodes.PSEUDO_CALL, 4)));
      int second = insns.size();
      insns.addAll(loop(20_000, call(0, RANDOM)));
      VerifiedProgram program =
          Verifier.verify(program(insns, List.of(first, second), map), VerifierOptions.DEFAULT);
      try (Interpreter interpreter = new Interpreter(program);
          CompiledProgram compiled = compiler.compile(program)) {
        for (ExecutableProgram engine : List.of(interpreter, compiled)) {
          ((ProgArrayMap) map).set(0, engine, 1);
          endsInTime(engine);
        }
      }
    }
  }

  @Test
  void bigCopiesInALoop() throws VerificationException {
    MapSpec spec = MapSpec.of("bytes", MapType.ARRAY, 4, BIG_VALUE_BYTES, 1);
    try (BpfMap map = Maps.create(spec)) {
      Insn[] copy = {
        new Insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_VALUE, 0, 0),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xb7, 2, 0, 0, BIG_VALUE_BYTES),
        new Insn(0xbf, 3, 1, 0, 0),
        call(0, 113) // bpf_probe_read_kernel
      };
      endsInTime(program(loop(10_000, copy), List.of(), map));
      Insn[] update = {
        new Insn(0x62, 10, 0, -4, 0),
        new Insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_FD, 0, 0),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xbf, 2, 10, 0, 0),
        new Insn(0x07, 2, 0, 0, -4),
        new Insn(Opcodes.LD_IMM64, 3, Opcodes.PSEUDO_MAP_VALUE, 0, 0),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xb7, 4, 0, 0, 0),
        call(0, 2) // bpf_map_update_elem
      };
      endsInTime(program(loop(10_000, update), List.of(), map));
    }
  }

  /** A node for each bit of a long key: a lookup passes 2,048 of them. */
  @Test
  void lookupsInADeepTrie() throws VerificationException {
    int keyBytes = 260;
    MapSpec spec =
        MapSpec.of("trie", MapType.LPM_TRIE, keyBytes, 8, 8 * keyBytes)
            .withFlags(MapFlags.NO_PREALLOC);
    try (BpfMap map = Maps.create(spec)) {
      ByteBuffer key = ByteBuffer.allocate(keyBytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int length = 0; length <= 8 * (keyBytes - 4); length++) {
        map.update(key.putInt(0, length).array(), new byte[8], 0);
      }
      List<Insn> insns = new ArrayList<>();
      for (int at = 8; at <= keyBytes + 4; at += 8) {
        insns.add(new Insn(0x7a, 10, 0, -at, 0));
      }
      insns.add(new Insn(0x62, 10, 0, -keyBytes, 8 * (keyBytes - 4)));
      Insn[] lookup = {
        new Insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_FD, 0, 0),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xbf, 2, 10, 0, 0),
        new Insn(0x07, 2, 0, 0, -keyBytes),
        call(0, 1)
      };
      insns.addAll(loop(100_000, lookup));
      endsInTime(program(insns, List.of(), map));
    }
  }

  /** Keys that were made up so that all hash to 0: a lookup passes 5,000 of them. */
  @Test
  void lookupsInOneBucketOfAHashWithAKnownSeed() throws VerificationException {
    int entries = 5_000;
    MapSpec spec = MapSpec.of("keys", MapType.HASH, 8, 8, entries).withFlags(MapFlags.ZERO_SEED);
    try (BpfMap map = Maps.create(spec)) {
      ByteBuffer key = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 1; i <= entries; i++) {
        map.update(key.putLong(0, keyOfHashZero(i)).array(), new byte[8], 0);
      }
      Insn[] lookup = {
        new Insn(Opcodes.LD_IMM64, 1, Opcodes.PSEUDO_MAP_FD, 0, 0),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xbf, 2, 10, 0, 0),
        new Insn(0x07, 2, 0, 0, -8),
        call(0, 1)
      };
      List<Insn> insns = new ArrayList<>();
      insns.add(new Insn(0x7a, 10, 0, -8, (int) keyOfHashZero(0)));
      insns.addAll(loop(20_000, lookup));
      endsInTime(program(insns, List.of(), map));
    }
  }

  /** The hash of a key of 8 bytes, backwards from a last product whose upper 31 bits are 0. */
  private static long keyOfHashZero(int lastProduct) {
    long mixed = lastProduct * inverse(0xD6E8FEB86659FD93L);
    return (mixed ^ mixed >>> 32) * inverse(0x9E3779B97F4A7C15L) ^ 8;
  }

  /** Of an odd number, modulo 2^64: each round doubles the bits that are right. */
  private static long inverse(long odd) {
    long inverse = odd;
    for (int round = 0; round < 6; round++) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  // ---- programs ---------------------------------------------------------------------------------

  private static Insn call(int kind, int what) {
    return new Insn(0x85, 0, kind, 0, what);
  }

  /** A function that does {@code body} so often: of five insns and those of the body. */
  private static List<Insn> loop(int turns, Insn... body) {
    List<Insn> insns = new ArrayList<>();
    insns.add(new Insn(0xb7, 6, 0, 0, 0));
    insns.addAll(List.of(body));
    insns.add(new Insn(0x07, 6, 0, 0, 1));
    insns.add(new Insn(0x55, 6, 0, -2 - body.length, turns));
    insns.add(new Insn(0xb7, 0, 0, 0, 0));
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    return insns;
  }

  /** {@code bpf_loop(turns, the function behind this one, 0, 0)}. */
  private static List<Insn> bpfLoop(int turns) {
    return List.of(
        new Insn(0xb7, 1, 0, 0, turns),
        new Insn(Opcodes.LD_IMM64, 2, Opcodes.PSEUDO_FUNC, 0, 5),
        new Insn(0, 0, 0, 0, 0),
        new Insn(0xb7, 3, 0, 0, 0),
        new Insn(0xb7, 4, 0, 0, 0),
        call(0, 181),
        new Insn(0x95, 0, 0, 0, 0));
  }

  private static ResolvedProgram program(List<Insn> insns, List<Integer> globals, BpfMap... maps) {
    List<SubprogramSpec> functions = new ArrayList<>();
    functions.add(new SubprogramSpec(0, "fuel", 0, false));
    for (int global : globals) {
      if (global != 0) {
        functions.add(new SubprogramSpec(global, "f" + global, FUNCTION, true));
      }
    }
    List<BpfMap> all = List.of(maps);
    List<HelperProto> kfuncs =
        KFUNCS.stream().map(name -> Objects.requireNonNull(Kfuncs.byName(name))).toList();
    ProgramSpec spec =
        new ProgramSpec(
            "fuel",
            "",
            ProgramType.KPROBE,
            insns,
            all.stream().map(map -> map.spec().name()).toList(),
            KFUNCS,
            "GPL",
            functions,
            List.of(),
            PROTOTYPES);
    return new ResolvedProgram(spec, all, kfuncs);
  }

  private void endsInTime(ResolvedProgram resolved) throws VerificationException {
    VerifiedProgram program = Verifier.verify(resolved, VerifierOptions.DEFAULT);
    try (Interpreter interpreter = new Interpreter(program);
        CompiledProgram compiled = compiler.compile(program)) {
      endsInTime(interpreter);
      endsInTime(compiled);
    }
  }

  private static void endsInTime(ExecutableProgram engine) {
    CarrierSlot slot = Trusted.slot();
    long failed = failedRuns(engine);
    slot.beginRun(GIVEN_NANOS);
    long begin = System.nanoTime();
    assertEquals(0, engine.run(slot, slot.contextAddress()));
    long nanos = System.nanoTime() - begin;
    slot.beginRun();
    String engineName = engine.getClass().getSimpleName();
    assertTrue(slot.takeCutOff(), () -> engineName + ": ended by itself after " + nanos + " ns");
    assertTrue(nanos < BOUND_NANOS, () -> engineName + ": ended after " + nanos + " ns");
    assertTrue(failedRuns(engine) > failed, engineName);
  }

  private static long failedRuns(ExecutableProgram engine) {
    return engine instanceof Interpreter interpreter
        ? interpreter.failedRuns()
        : CompiledProgram.failedRuns();
  }
}
