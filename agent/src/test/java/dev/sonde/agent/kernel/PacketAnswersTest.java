package dev.sonde.agent.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.TestRun;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What helpers make of a packet is, on both engines, what the running kernel makes of it. */
class PacketAnswersTest {
  private static final int PACKETS = 2_000;
  private static final int LOOPBACK = 1; // its ifindex, on every Linux
  private static final int QUEUE_PACKETS = 192;
  private static final int[] KEYS = {0, 1, 2, 3, 4, -1};
  private static final int[] FLAGS = {0, 1, 2, 3, 4, 8, 9, 16, 24, 32, 0x7fffffff};

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
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

  @Test
  void congestionIsMarkedAsTheKernelMarksIt() throws VerificationException {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    List<Insn> insns = Assembler.assemble("call 97\nexit");
    int fd = kernel().load(ProgramType.SCHED_CLS, insns);
    assertTrue(fd >= 0, () -> kernel().logOf(ProgramType.SCHED_CLS, insns));
    Set<Integer> answers = new TreeSet<>();
    VerifiedProgram program = verified(ProgramType.SCHED_CLS, insns);
    try (Interpreter interpreter = new Interpreter(program);
        ExecutableProgram compiled = compiler.compile(program)) {
      for (int i = 0; i < PACKETS; i++) {
        byte[] packet = packet(random);
        String where = "seed %d: %s".formatted(seed, HexFormat.of().formatHex(packet));
        answers.add(compare(fd, List.of(interpreter, compiled), packet, where));
      }
    } finally {
      kernel().close(fd);
    }
    assertEquals(Set.of(0, 1), answers);
  }

  /** IPv4, IPv6 or neither, with a whole header: the test run takes no less. */
  private static byte[] packet(Random random) {
    byte[] packet = new byte[14 + 40 + random.nextInt(60)];
    random.nextBytes(packet);
    int[][] types = {{8, 0}, {0x86, 0xdd}, {8, 6}};
    int[] type = types[random.nextInt(types.length)];
    packet[12] = (byte) type[0];
    packet[13] = (byte) type[1];
    packet[14] = (byte) (type[0] == 8 ? 0x45 : 0x60 | packet[14] & 0xf);
    return packet;
  }

  @Test
  void redirectionThroughMapsAnswersAsTheKernels() throws VerificationException {
    redirects(MapSpec.of("devices", MapType.DEVMAP, 4, 4, 4), LOOPBACK);
    redirects(MapSpec.of("devices", MapType.DEVMAP_HASH, 4, 4, 4), LOOPBACK);
    redirects(MapSpec.of("cpus", MapType.CPUMAP, 4, 4, 4), QUEUE_PACKETS);
    redirects(MapSpec.of("sockets", MapType.XSKMAP, 4, 4, 4), 0);
  }

  /** Asks with one element there, at key 0; none where nothing can be put in. */
  private void redirects(MapSpec spec, int value) throws VerificationException {
    int mapFd = kernel().createMap(spec);
    assertTrue(mapFd >= 0, spec.toString());
    try (BpfMap map = Maps.create(spec)) {
      if (value != 0) {
        RawMemory.putInt(kernel().valueAddress(), value);
        kernel().update(mapFd, 0);
        map.update(new byte[4], new byte[] {(byte) value, 0, 0, 0}, 0);
      }
      for (int key : KEYS) {
        for (int flags : FLAGS) {
          redirect(mapFd, map, key, flags);
        }
      }
    } finally {
      kernel().close(mapFd);
    }
  }

  private void redirect(int mapFd, BpfMap map, int key, int flags) throws VerificationException {
    String asm = "lddw %%r1, map 0\nmov32 %%r2, %d\nmov %%r3, %d\ncall 51\nexit";
    List<Insn> insns = Assembler.assemble(asm.formatted(key, flags));
    String where = "%s key %d flags %d".formatted(map.spec().type(), key, flags);
    int fd = kernel().load(ProgramType.XDP, insns, mapFd);
    assertTrue(fd >= 0, () -> where + kernel().logOf(ProgramType.XDP, insns, mapFd));
    VerifiedProgram program = verified(ProgramType.XDP, insns, map);
    try (Interpreter interpreter = new Interpreter(program);
        ExecutableProgram compiled = compiler.compile(program)) {
      compare(fd, List.of(interpreter, compiled), new byte[64], where);
    } finally {
      kernel().close(fd);
    }
  }

  private static VerifiedProgram verified(ProgramType type, List<Insn> insns, BpfMap... maps)
      throws VerificationException {
    List<String> names = new ArrayList<>();
    for (BpfMap map : maps) {
      names.add(map.spec().name());
    }
    ProgramSpec bare = ProgramSpec.of("answers", type, insns);
    ProgramSpec spec =
        new ProgramSpec(
            bare.name(),
            bare.section(),
            type,
            insns,
            names,
            List.of(),
            "GPL",
            bare.subprograms(),
            List.of(),
            null);
    return Verifier.verify(
        new ResolvedProgram(spec, List.of(maps), List.of()), VerifierOptions.DEFAULT);
  }

  private int compare(int fd, List<ExecutableProgram> engines, byte[] packet, String where) {
    BpfDoor.Outcome want = kernel().run(fd, packet);
    for (ExecutableProgram engine : engines) {
      String on = where + " on " + engine.getClass().getSimpleName();
      TestRun.Result got = TestRun.run(engine, TestRun.Input.packet(packet));
      assertEquals(want.retval(), got.retval(), on);
      assertArrayEquals(want.data(), got.data(), on);
    }
    return want.retval();
  }
}
