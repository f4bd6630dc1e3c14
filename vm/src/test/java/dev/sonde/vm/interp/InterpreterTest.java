package dev.sonde.vm.interp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.InvalidInsnException;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.ProgArrayMap;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.TestRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InterpreterTest {
  private static final TestRun.Input INPUT = TestRun.Input.standard();

  private static int run(Proof proof) {
    try (Interpreter program = new Interpreter(proof)) {
      int result = TestRun.run(program, INPUT).retval();
      assertEquals(0, program.failedRuns());
      return result;
    }
  }

  private static ProgArrayMap progArray(int entries) {
    return (ProgArrayMap) Maps.create(MapSpec.of("progs", MapType.PROG_ARRAY, 4, 4, entries));
  }

  @Test
  void packetPointersAreWholeAddresses() {
    String asm =
        """
        ldxw %r2, [%r1+0]
        ldxw %r3, [%r1+4]
        mov %r0, %r3
        sub %r0, %r2
        ldxb %r4, [%r2+3]
        lsh %r4, 8
        or %r0, %r4
        exit
        """;
    byte[] packet = new byte[60];
    packet[3] = 7;
    Proof proof = TestProof.of(ProgramType.XDP, asm, Set.of(0, 1));
    try (Interpreter program = new Interpreter(proof)) {
      assertEquals(7 << 8 | 60, TestRun.run(program, TestRun.Input.packet(packet)).retval());
    }
  }

  @Test
  void aStoreIntoThePacketComesBack() {
    String asm = "ldxw %r2, [%r1+0]\nstb [%r2+1], 0x5a\nmov %r0, 2\nexit";
    Proof proof = TestProof.of(ProgramType.XDP, asm, Set.of(0));
    try (Interpreter program = new Interpreter(proof)) {
      byte[] data = TestRun.run(program, TestRun.Input.packet(new byte[14])).data();
      byte[] want = new byte[14];
      want[1] = 0x5a;
      assertArrayEquals(want, data);
    }
  }

  @Test
  void packetsUnderAnEthernetHeaderAreRefused() {
    Proof proof = TestProof.of(ProgramType.XDP, "mov %r0, 0\nexit");
    try (Interpreter program = new Interpreter(proof)) {
      assertThrows(
          BpfException.class, () -> TestRun.run(program, TestRun.Input.packet(new byte[13])));
    }
  }

  @Test
  void aSocketFilterSeesWhatFollowsTheEthernetHeader() {
    byte[] packet = new byte[40];
    packet[14] = 0x45;
    Proof proof = TestProof.of(ProgramType.SOCKET_FILTER, "mov %r6, %r1\nldabsb 0\nexit", Set.of());
    try (Interpreter program = new Interpreter(proof)) {
      assertEquals(0x45, TestRun.run(program, TestRun.Input.packet(packet)).retval());
    }
  }

  @Test
  void aTailCallDoesNotReturn() {
    try (ProgArrayMap programs = progArray(2)) {
      Proof target = TestProof.of(ProgramType.KPROBE, "mov %r0, 42\nexit");
      String asm = "lddw %r2, map 0\nmov %r3, 1\ncall 12\nmov %r0, 1\nexit";
      try (Interpreter callee = new Interpreter(target)) {
        assertEquals(1, run(TestProof.of(ProgramType.KPROBE, asm, programs)));
        programs.set(1, callee, 1);
        assertEquals(42, run(TestProof.of(ProgramType.KPROBE, asm, programs)));
      }
    }
  }

  @Test
  void aTailCallOutOfASubprogramReturnsToItsCaller() {
    try (ProgArrayMap programs = progArray(1)) {
      String callee =
          """
          mov %r1, 5
          call local twice
          exit
          twice:
          stxdw [%r10-8], %r1
          ldxdw %r0, [%r10-8]
          mul %r0, 2
          exit
          """;
      String asm =
          """
          stdw [%r10-8], 100
          call local tail
          ldxdw %r1, [%r10-8]
          add %r0, %r1
          exit
          tail:
          stdw [%r10-8], 1
          lddw %r2, map 0
          mov %r3, 0
          call 12
          mov %r0, 7
          exit
          """;
      try (Interpreter target = new Interpreter(TestProof.of(ProgramType.KPROBE, callee))) {
        programs.set(0, target, 1);
        assertEquals(110, run(TestProof.of(ProgramType.KPROBE, asm, programs)));
      }
    }
  }

  @Test
  void thirtyThreeTailCallsAreTheLimit() {
    BpfMap counter = Maps.create(MapSpec.of("count", MapType.ARRAY, 4, 8, 1));
    try (ProgArrayMap programs = progArray(1);
        counter) {
      String asm =
          """
          mov %r6, %r1
          lddw %r1, map_value 1 0
          mov %r2, 1
          lock add [%r1+0], %r2
          mov %r1, %r6
          lddw %r2, map 0
          mov %r3, 0
          call 12
          mov %r0, 9
          exit
          """;
      try (Interpreter self =
          new Interpreter(TestProof.of(ProgramType.KPROBE, asm, programs, counter))) {
        programs.set(0, self, 1);
        assertEquals(9, TestRun.run(self, INPUT).retval());
      }
      byte[] value = counter.lookup(new byte[4]);
      assertNotNull(value);
      assertEquals(34, ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }
  }

  @Test
  void loopCallsUntilTheCallbackSaysStop() {
    String asm =
        """
        stdw [%r10-8], 0
        mov %r1, 10
        lddw %r2, func add
        mov %r3, %r10
        add %r3, -8
        mov %r4, 0
        call 181
        ldxdw %r1, [%r10-8]
        lsh %r1, 8
        or %r0, %r1
        exit
        add:
        ldxdw %r3, [%r2+0]
        add %r3, %r1
        stxdw [%r2+0], %r3
        mov %r0, 0
        jne %r1, STOP, exit
        mov %r0, 1
        exit
        """;
    assertEquals(45 << 8 | 10, run(TestProof.of(ProgramType.KPROBE, asm.replace("STOP", "99"))));
    assertEquals(10 << 8 | 5, run(TestProof.of(ProgramType.KPROBE, asm.replace("STOP", "4"))));
  }

  @Test
  void forEachVisitsEveryElement() {
    BpfMap array = Maps.create(MapSpec.of("a", MapType.ARRAY, 4, 8, 3));
    try (array) {
      array.update(new byte[] {1, 0, 0, 0}, new byte[] {5, 0, 0, 0, 0, 0, 0, 0}, 0);
      array.update(new byte[] {2, 0, 0, 0}, new byte[] {9, 0, 0, 0, 0, 0, 0, 0}, 0);
      String asm =
          """
          stdw [%r10-8], 0
          lddw %r1, map 0
          lddw %r2, func visit
          mov %r3, %r10
          add %r3, -8
          mov %r4, 0
          call 164
          ldxdw %r1, [%r10-8]
          lsh %r0, 8
          or %r0, %r1
          exit
          visit:
          ldxw %r5, [%r2+0]
          ldxdw %r0, [%r3+0]
          mul %r5, %r0
          ldxdw %r0, [%r4+0]
          add %r0, %r5
          stxdw [%r4+0], %r0
          mov %r0, 0
          exit
          """;
      assertEquals(3 << 8 | 23, run(TestProof.of(ProgramType.KPROBE, asm, array)));
    }
  }

  @Test
  void mayGotoEndsALoopThatWouldNot() {
    String asm = "mov %r0, 0\ntop:\nmay_goto done\nadd %r0, 1\nja top\ndone:\nexit";
    assertEquals(8 * 1024 * 1024, run(TestProof.of(ProgramType.KPROBE, asm)));
  }

  @Test
  void eightFramesHaveTheirOwnStack() {
    String asm =
        """
        mov %r1, 7
        call local down
        exit
        down:
        stxdw [%r10-512], %r1
        stxdw [%r10-8], %r1
        mov %r0, 0
        jeq %r1, 1, exit
        add %r1, -1
        call local down
        ldxdw %r1, [%r10-512]
        ldxdw %r2, [%r10-8]
        add %r0, %r1
        add %r0, %r2
        exit
        """;
    assertEquals(2 * (7 + 6 + 5 + 4 + 3 + 2), run(TestProof.of(ProgramType.KPROBE, asm)));
  }

  @Test
  void whatTheProofDoesNotReachIsATrap() {
    TestProof all = TestProof.of(ProgramType.KPROBE, "mov %r0, 3\nexit");
    Proof none =
        new Proof() {
          @Override
          public ResolvedProgram program() {
            return all.program();
          }

          @Override
          public boolean isReached(int insn) {
            return insn == 0;
          }

          @Override
          public Memory memory(int insn) {
            return Memory.PLAIN;
          }
        };
    try (Interpreter program = new Interpreter(none)) {
      assertEquals(0, TestRun.run(program, INPUT).retval());
      assertEquals(1, program.failedRuns());
    }
  }

  @Test
  void jumpsOverMoreThan32KWordsAreTaken() {
    StringBuilder asm = new StringBuilder("mov %r0, 1\nmov %r1, 0\njeq %r1, 0, near\n");
    asm.append("far:\nmov %r0, 2\nja exit\nnear:\n");
    asm.append("add %r1, 1\n".repeat(20_000)); // checked programs need more words than insns
    asm.append("jeq %r1, 20000, far\nexit\n");
    try (UnprovedProgram program = new UnprovedProgram("far", Assembler.assemble(asm.toString()))) {
      assertEquals(2, program.run(slot(), new byte[0]));
    }
  }

  @Test
  void unprovedProgramsCannotDoHarm() {
    for (String asm :
        new String[] {
          "lddw %r1, 0xdead0000\nldxdw %r0, [%r1+0]\nexit",
          "stdw [%r10+0], 1\nexit",
          "stdw [%r10-4097], 1\nexit",
          "mov %r1, 0\nstxw [%r1+0], %r1\nexit",
          "lock add [%r10-7], %r0\nexit",
          "top:\nja top\nexit",
          "f:\ncall local f\nexit",
          "mov %r1, 99\ncall %r1\nexit"
        }) {
      try (UnprovedProgram program = new UnprovedProgram("bad", Assembler.assemble(asm))) {
        assertThrows(MemoryFaultException.class, () -> program.run(slot(), new byte[8]), () -> asm);
      }
    }
  }

  @Test
  void whatIsNoInsnIsRefusedByName() {
    InvalidInsnException refused =
        assertThrows(
            InvalidInsnException.class,
            () -> new UnprovedProgram("p", Assembler.assemble("ja +5\nexit")));
    assertTrue(refused.getMessage().contains("insn 0"), refused.getMessage());
  }

  private static CarrierSlot slot() {
    CarrierSlot slot = CarrierSlots.current();
    assertNotNull(slot);
    return slot;
  }
}
