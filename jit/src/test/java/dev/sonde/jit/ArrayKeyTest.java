package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.TestRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys of arrays are numbers: they need no memory where nobody else looks at it. */
class ArrayKeyTest {
  private static final int ENTRIES = 8;
  private final List<BpfMap> open = new ArrayList<>();
  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);

  @AfterEach
  void close() {
    open.forEach(BpfMap::close);
  }

  /** Value i of the map is {@code from + i}. */
  private BpfMap map(MapType type, long from) {
    BpfMap map = Maps.create(MapSpec.of("m" + from, type, 4, 8, ENTRIES));
    open.add(map);
    for (int i = 0; i < ENTRIES; i++) {
      byte[] value = new byte[map.lookup(key(i)) == null ? 8 : map.lookup(key(i)).length];
      ByteBuffer words = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
      while (words.hasRemaining()) {
        words.putLong(from + i);
      }
      map.update(key(i), value, 0);
    }
    return map;
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(key).array();
  }

  private static final String LOAD = "ldxw %r6, [%r1+0]\n"; // skb->len: 64 here

  private static final String FOUND =
      """
      jne %r0, 0, found
      mov %r0, -1
      exit
      found:
      ldxdw %r0, [%r0+0]
      """;

  private static final String LOOKUP =
      """
      lddw %r1, map 0
      mov %r2, %r10
      add %r2, -4
      call 1
      """;

  private VerifiedProgram verified(String asm, BpfMap... maps) {
    try {
      return Verifier.verify(
          Trusted.of("keys", ProgramType.SCHED_CLS, Assembler.assemble(asm), maps).program(),
          VerifierOptions.DEFAULT);
    } catch (VerificationException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  private static int run(ExecutableProgram program) {
    return TestRun.run(program, TestRun.Input.packet(new byte[64])).retval();
  }

  /** Returns the class as text, once both engines gave {@code want}. */
  private String check(int want, String asm, BpfMap... maps) {
    VerifiedProgram verified = verified(asm, maps);
    long failed = CompiledProgram.failedRuns();
    try (Interpreter oracle = new Interpreter(verified);
        CompiledProgram program = compiler.compile(verified)) {
      assertEquals(want, run(oracle));
      assertEquals(want, run(program));
      assertEquals(failed, CompiledProgram.failedRuns());
    }
    return compiler.listing(verified, verified.facts());
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"ARRAY", "PERCPU_ARRAY"})
  void aKeyOnTheStackIsPassedAsItIs(MapType type) {
    BpfMap map = map(type, 100);
    String text =
        check(
            105,
            LOAD + "and %r6, 5\nor %r6, 5\nstxw [%r10-4], %r6\n" + LOOKUP + FOUND + "exit",
            map);
    assertFalse(text.contains("Unsafe.put"), text);
    assertFalse(text.contains("stackTop"), text);
    String outside = LOAD + "stxw [%r10-4], %r6\n" + LOOKUP + FOUND + "exit";
    assertFalse(check(-1, outside, map).contains("Unsafe.put"));
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"ARRAY", "PERCPU_ARRAY"})
  void aConstantKeyIsNotWritten(MapType type) {
    String text = check(203, "stw [%r10-4], 3\n" + LOOKUP + FOUND + "exit", map(type, 200));
    assertFalse(text.contains("Unsafe.put"), text);
    assertFalse(text.contains("stackTop"), text);
  }

  @Test
  void aKeyThatAHashReadsTooIsInMemory() {
    BpfMap array = map(MapType.ARRAY, 300);
    BpfMap hash = map(MapType.HASH, 400);
    String asm =
        LOAD
            + "and %r6, 3\nor %r6, 3\nstxw [%r10-4], %r6\n"
            + LOOKUP
            + FOUND
            + "mov %r7, %r0\n"
            + LOOKUP.replace("map 0", "map 1")
            + FOUND.replace("found", "second")
            + "add %r0, %r7\nexit";
    assertTrue(check(706, asm, array, hash).contains("Unsafe.putInt"));
  }

  @Test
  void aCallThatSeesTwoArraysReadsItsKeyFromMemory() {
    String asm =
        LOAD
            + """
            stw [%r10-4], 2
            lddw %r1, map 0
            jgt %r6, 100, one
            lddw %r1, map 1
            one:
            mov %r2, %r10
            add %r2, -4
            call 1
            """
            + FOUND
            + "exit";
    check(602, asm, map(MapType.ARRAY, 500), map(MapType.ARRAY, 600));
  }

  @Test
  void aKeyOfAnotherFrameOrOfAValueIsReadFromThere() {
    BpfMap map = map(MapType.ARRAY, 0);
    String callee =
        """
        stw [%r10-4], 6
        mov %r2, %r10
        add %r2, -4
        call local find
        exit
        find:
        lddw %r1, map 0
        call 1
        """
            + FOUND
            + "exit";
    check(6, callee, map);
    String value =
        "stw [%r10-4], 5\n"
            + LOOKUP
            + "jne %r0, 0, first\nexit\nfirst:\nmov %r2, %r0\nlddw %r1, map 0\ncall 1\n"
            + FOUND
            + "exit";
    check(5, value, map);
  }

  @Test
  void partsOfAKeyMayBeWrittenApart() {
    String asm = "sth [%r10-4], 1\nsth [%r10-2], 0\n" + LOOKUP + FOUND + "exit";
    check(701, asm, map(MapType.ARRAY, 700));
    String eight =
        "stdw [%r10-8], 0\nstw [%r10-8], 9\n"
            + LOOKUP
            + FOUND
            + "ldxdw %r1, [%r10-8]\nadd %r0, %r1\nexit";
    check(809, eight, map(MapType.ARRAY, 800));
  }
}
