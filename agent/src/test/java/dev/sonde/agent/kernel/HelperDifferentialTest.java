package dev.sonde.agent.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.btf.KernelBtf;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.ArrayMap;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import dev.sonde.vm.program.TestRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Helpers on packets and on types answer as the running kernel's. */
class HelperDifferentialTest {
  private static final int CALLS = 4_000;
  private static final int TYPES = Boolean.getBoolean("sonde.long") ? 20_000 : 500;
  private static final int VALUE_BYTES = 4096;

  private static final int TEXT_AT = 1024;
  private static final MapSpec ARRAY = MapSpec.of("array", MapType.ARRAY, 4, VALUE_BYTES, 1);
  private @Nullable BpfDoor door;

  @BeforeEach
  void bpfIsPermitted() {
    door = BpfDoor.permitted();
    assumeTrue(door != null, "bpf(2) is not permitted here: run as root on Linux");
  }

  @AfterEach
  void close() {
    if (door != null) {
      door.close();
    }
  }

  private BpfDoor kernel() {
    return Objects.requireNonNull(door);
  }

  private static Interpreter interpreter(ProgramType type, List<Insn> insns, BpfMap... maps)
      throws VerificationException {
    List<String> names = new ArrayList<>();
    for (BpfMap map : maps) {
      names.add(map.spec().name());
    }
    ProgramSpec spec =
        new ProgramSpec(
            "helper",
            "",
            type,
            insns,
            names,
            List.of(),
            "GPL",
            List.of(new SubprogramSpec(0, "helper", 0, false)),
            List.of(),
            null);
    ResolvedProgram program = new ResolvedProgram(spec, List.of(maps), List.of());
    return new Interpreter(Verifier.verify(program, VerifierOptions.DEFAULT));
  }

  // ---- packets ----------------------------------------------------------------------------------

  @Test
  void packetHelpersAnswerAsTheKernels() throws VerificationException {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < CALLS; i++) {
      String asm = "mov %r6, %r1\n" + call(random) + "exit";
      String where = "seed %d, call %d:%n%s".formatted(seed, i, asm);
      List<Insn> insns = Assembler.assemble(asm);
      byte[] packet = packet(random);
      int fd = kernel().load(ProgramType.SCHED_CLS, insns);
      assertTrue(fd >= 0, () -> where + kernel().logOf(ProgramType.SCHED_CLS, insns));
      try (Interpreter program = interpreter(ProgramType.SCHED_CLS, insns)) {
        BpfDoor.Outcome want = kernel().run(fd, packet);
        TestRun.Result got = TestRun.run(program, TestRun.Input.packet(packet));
        String on = where + " on " + HexFormat.of().formatHex(packet);
        assertEquals(want.retval(), got.retval(), on);
        assertArrayEquals(want.data(), got.data(), on);
        assertEquals(0, program.failedRuns(), on);
      } finally {
        kernel().close(fd);
      }
    }
  }

  private static String call(Random random) {
    int offset = random.nextInt(10) == 0 ? 70_000 : random.nextInt(70);
    return switch (random.nextInt(6)) {
      case 0 -> checksum(10, random, offset, pick(random, 0, 2, 4, 1, 0x10));
      case 1 -> {
        int flags = pick(random, 0, 2, 4, 3) | pick(random, 0, 0x10, 0x20, 0x60, 0x80, 0x100);
        yield checksum(11, random, offset, flags);
      }
      case 2 -> args(38, 14 + random.nextInt(90) - 4, random.nextInt(8) == 0 ? 1 : 0, 0, 0);
      case 3 -> args(32, pick(random, 0, 1, 2, 3, 4, 7), 0, 0, 0) + "ldxw %r0, [%r6+4]\n";
      case 4 ->
          args(135, random.nextInt(5), 0, 0, 0)
              + "mov %r7, %r0\n"
              + args(135, random.nextInt(5), 0, 0, 0)
              + args(135, 0, 0, 0, 0)
              + "lsh %r7, 8\nadd %r0, %r7\n";
      default ->
          args(48, random.nextInt(), 0, 0, 0)
              + (random.nextBoolean() ? "mov %r1, %r6\ncall 41\n" : "")
              + "ldxw %r7, [%r6+68]\nmov %r0, %r7\n";
    };
  }

  private static String checksum(int helper, Random random, int offset, int flags) {
    boolean difference = (flags & 0xf) == 0 && random.nextInt(4) > 0;
    int from = difference ? 0 : random.nextInt(5) == 0 ? 0xffff : random.nextInt();
    return args(helper, offset, from, random.nextInt(), flags);
  }

  private static String args(int helper, int r2, int r3, int r4, int r5) {
    return "mov %%r1, %%r6\nmov %%r2, %d\nmov32 %%r3, %d\nmov32 %%r4, %d\nmov %%r5, %d\ncall %d\n"
        .formatted(r2, r3, r4, r5, helper);
  }

  private static int pick(Random random, int... some) {
    return some[random.nextInt(some.length)];
  }

  private static byte[] packet(Random random) {
    byte[] packet = new byte[34 + random.nextInt(50)];
    random.nextBytes(packet);
    packet[12] = 8;
    packet[13] = 6; // ARP: the test run looks into IP packets
    if (random.nextInt(4) == 0) {
      packet[24] = 0;
      packet[25] = 0;
    }
    return packet;
  }

  // ---- types ------------------------------------------------------------------------------------

  @Test
  void valuesAreWrittenAsTheKernelWritesThem() throws IOException, VerificationException {
    KernelBtf.load();
    Btf btf = KernelBtf.loaded();
    assumeTrue(btf != null, "the kernel shows no BTF here");
    assertNotNull(btf);
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    int fd = kernel().createMap(ARRAY);
    try (ArrayMap map = (ArrayMap) Maps.create(ARRAY)) {
      int compared = 0;
      for (int i = 0; compared < TYPES; i++) {
        int typeId = 1 + random.nextInt(btf.types().size() - 1);
        BtfType type = btf.resolved(typeId);
        boolean shown =
            type instanceof BtfType.Struct
                || type instanceof BtfType.Int
                || type instanceof BtfType.Enum
                || type instanceof BtfType.Ptr;
        int bytes = shown ? btf.sizeBytes(typeId) : 0;
        if (bytes > 0 && bytes <= 512 && !isShownOddly(btf, typeId, 0)) {
          compareText(btf, typeId, random, fd, map, "seed %d, step %d".formatted(seed, i));
          compared++;
        }
      }
    } finally {
      kernel().close(fd);
    }
  }

  /**
   * The kernel shows the first element of an array of pointers or arrays again and again, and reads
   * 4 bytes of an enum that has 1.
   */
  private static boolean isShownOddly(Btf btf, int typeId, int depth) {
    BtfType type = btf.resolved(typeId);
    if (type instanceof BtfType.Array array) {
      BtfType element = btf.resolved(array.element());
      return element instanceof BtfType.Ptr
          || element instanceof BtfType.Array
          || isShownOddly(btf, array.element(), depth + 1);
    }
    if (type instanceof BtfType.Enum enumeration) {
      return enumeration.sizeBytes() < 4;
    }
    return type instanceof BtfType.Struct struct
        && (depth > 32
            || struct.members().stream()
                .anyMatch(member -> isShownOddly(btf, member.type(), depth + 1)));
  }

  private void compareText(
      Btf btf, int typeId, Random random, int mapFd, ArrayMap map, String where)
      throws VerificationException {
    byte[] value = new byte[VALUE_BYTES];
    int size = btf.sizeBytes(typeId);
    for (int i = 0; i < size; i++) {
      value[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(120) : 0);
    }
    RawMemory.write(map.baseAddress(), value);
    RawMemory.write(kernel().valueAddress(), value);
    kernel().update(mapFd, 0);
    int flags = 4 | random.nextInt(16);
    List<Insn> insns = Assembler.assemble(program(typeId, flags));
    int fd = kernel().load(ProgramType.SCHED_CLS, insns, mapFd);
    assertTrue(fd >= 0, () -> where + kernel().logOf(ProgramType.SCHED_CLS, insns, mapFd));
    try (Interpreter program = interpreter(ProgramType.SCHED_CLS, insns, map)) {
      int want = kernel().run(fd, new byte[64]).retval();
      int got = TestRun.run(program, TestRun.Input.standard()).retval();
      kernel().lookup(mapFd, 0);
      String what =
          "%s: type %d %s flags %d data %s"
              .formatted(
                  where, typeId, btf.type(typeId), flags, HexFormat.of().formatHex(value, 0, size));
      assertEquals(text(kernel().valueAddress()), text(map.baseAddress()), what);
      assertEquals(want, got, what);
    } finally {
      kernel().close(fd);
    }
  }

  private static String program(int typeId, int flags) {
    return """
    stw [%%r10-24], 0
    mov %%r2, %%r10
    add %%r2, -24
    lddw %%r1, map 0
    call 1
    jne %%r0, 0, there
    exit
    there:
    stxdw [%%r10-16], %%r0
    stw [%%r10-8], %d
    stw [%%r10-4], 0
    mov %%r1, %%r0
    add %%r1, %d
    mov %%r2, 3000
    mov %%r3, %%r10
    add %%r3, -16
    mov %%r4, 16
    mov %%r5, %d
    call 149
    exit
    """
        .formatted(typeId, TEXT_AT, flags);
  }

  private static String text(long value) {
    byte[] bytes = RawMemory.read(value + TEXT_AT, VALUE_BYTES - TEXT_AT);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.substring(0, text.indexOf('\0'));
  }
}
