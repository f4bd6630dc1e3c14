package dev.sonde.agent.kernel;

import dev.sonde.jit.JitCompiler;
import dev.sonde.jit.JitOptions;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.CallNames;
import dev.sonde.vm.isa.Disassembler;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.map.ArrayMap;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.SubprogramSpec;
import dev.sonde.vm.program.TestRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Runs one random program after another on the kernel, the interpreter and the JIT. The maps live
 * on from program to program, on both sides alike; the second engine begins where the first began.
 */
final class Comparison implements AutoCloseable {
  private static final MapSpec ARRAY =
      MapSpec.of("array", MapType.ARRAY, 4, RandomProgram.VALUE_BYTES, RandomProgram.ARRAY_ENTRIES);

  /** Smaller than the set of keys, so that it fills up. */
  private static final MapSpec HASH = MapSpec.of("hash", MapType.HASH, 4, 8, 6);

  private static final int RUNS = 2;

  private final BpfDoor kernel = new BpfDoor();
  private final int arrayFd = kernel.createMap(ARRAY);
  private final int hashFd = kernel.createMap(HASH);
  private final ArrayMap array = (ArrayMap) Maps.create(ARRAY);
  private final BpfMap hash = Maps.create(HASH);
  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
  private long compared;
  private long rejectedByBoth;
  private long rejectedByOne;

  /** How many programs both verifiers took and all engines ended alike, and how many not. */
  record Totals(long compared, long rejectedByBoth, long rejectedByOne) {
    static final Totals NONE = new Totals(0, 0, 0);

    Totals plus(Totals other) {
      return new Totals(
          compared + other.compared,
          rejectedByBoth + other.rejectedByBoth,
          rejectedByOne + other.rejectedByOne);
    }

    long rejected() {
      return rejectedByBoth + rejectedByOne;
    }
  }

  /** What a run left behind; the hash's values by key, null where absent. */
  private record State(byte[] value, @Nullable Long[] hash) {
    boolean same(State other) {
      return Arrays.equals(value, other.value) && Arrays.equals(hash, other.hash);
    }

    @Override
    public String toString() {
      return "array " + HexFormat.of().formatHex(value) + " hash " + Arrays.toString(hash);
    }
  }

  Totals totals() {
    return new Totals(compared, rejectedByBoth, rejectedByOne);
  }

  /** Compares the program of {@code seed}; false when a verifier rejects it. */
  boolean compare(long seed) {
    RandomProgram random = new RandomProgram(seed);
    VerifiedProgram verified = verify(random);
    int fd = kernel.load(random.type(), random.insns(), arrayFd, hashFd);
    if (verified == null || fd < 0) {
      rejected(verified, fd);
      return false;
    }
    try (Interpreter interpreter = new Interpreter(verified);
        ExecutableProgram compiled = compiler.compile(verified)) {
      for (int i = 0; i < RUNS; i++) {
        run(seed, random, fd, interpreter, compiled, packet(seed, i));
      }
    } catch (RuntimeException | LinkageError broken) {
      throw new AssertionError(describe(seed, random), broken);
    } finally {
      kernel.close(fd);
    }
    compared++;
    return true;
  }

  private void rejected(@Nullable VerifiedProgram verified, int fd) {
    if (fd >= 0) {
      kernel.close(fd);
    }
    if (verified == null && fd < 0) {
      rejectedByBoth++;
    } else {
      rejectedByOne++;
    }
  }

  private @Nullable VerifiedProgram verify(RandomProgram random) {
    ProgramSpec spec =
        new ProgramSpec(
            "random",
            "",
            random.type(),
            random.insns(),
            List.of("array", "hash"),
            List.of(),
            "GPL",
            List.of(new SubprogramSpec(0, "random", 0, false)),
            List.of(),
            null);
    try {
      return Verifier.verify(
          new ResolvedProgram(spec, List.of(array, hash), List.of()), VerifierOptions.DEFAULT);
    } catch (VerificationException rejection) {
      return null;
    }
  }

  private void run(
      long seed,
      RandomProgram random,
      int fd,
      Interpreter interpreter,
      ExecutableProgram compiled,
      byte[] packet) {
    State before = ours(random);
    BpfDoor.Outcome want = kernel.run(fd, packet);
    State kernelState = kernels(random);
    for (ExecutableProgram engine : List.of(interpreter, compiled)) {
      restore(random, before);
      TestRun.Result got = TestRun.run(engine, TestRun.Input.packet(packet));
      State state = ours(random);
      boolean same =
          got.retval() == want.retval()
              && Arrays.equals(got.data(), want.data())
              && state.same(kernelState);
      if (!same || interpreter.failedRuns() != 0) {
        throw new AssertionError(
            "%s%non packet %s%nfrom %s%nkernel: r0 0x%x, data %s%n  %s%n%s: r0 0x%x, data %s%n  %s"
                .formatted(
                    describe(seed, random),
                    HexFormat.of().formatHex(packet),
                    before,
                    want.retval(),
                    HexFormat.of().formatHex(want.data()),
                    kernelState,
                    engine.getClass().getSimpleName(),
                    got.retval(),
                    HexFormat.of().formatHex(got.data()),
                    state));
      }
    }
  }

  private State ours(RandomProgram random) {
    byte[] value = RawMemory.read(slot(random), RandomProgram.VALUE_BYTES);
    @Nullable Long[] values = new Long[random.usesHash() ? RandomProgram.HASH_KEYS : 0];
    for (int key = 0; key < values.length; key++) {
      byte[] bytes = hash.lookup(bytes(key));
      values[key] = bytes == null ? null : ByteBuffer.wrap(bytes).order(order()).getLong();
    }
    return new State(value, values);
  }

  private State kernels(RandomProgram random) {
    kernel.lookup(arrayFd, random.arrayIndex());
    byte[] value = RawMemory.read(kernel.valueAddress(), RandomProgram.VALUE_BYTES);
    @Nullable Long[] values = new Long[random.usesHash() ? RandomProgram.HASH_KEYS : 0];
    for (int key = 0; key < values.length; key++) {
      boolean there = kernel.lookup(hashFd, key);
      values[key] = there ? RawMemory.getLong(kernel.valueAddress()) : null;
    }
    return new State(value, values);
  }

  private void restore(RandomProgram random, State state) {
    RawMemory.write(slot(random), state.value);
    for (int key = 0; key < state.hash.length; key++) {
      Long value = state.hash[key];
      byte[] present = hash.lookup(bytes(key));
      if (value == null && present != null) {
        hash.delete(bytes(key));
      }
    }
    for (int key = 0; key < state.hash.length; key++) {
      Long value = state.hash[key];
      if (value != null) {
        hash.update(bytes(key), ByteBuffer.allocate(8).order(order()).putLong(value).array(), 0);
      }
    }
  }

  private long slot(RandomProgram random) {
    return array.baseAddress() + (long) random.arrayIndex() * array.strideBytes();
  }

  private static byte[] bytes(int key) {
    return ByteBuffer.allocate(4).order(order()).putInt(key).array();
  }

  private static ByteOrder order() {
    return ByteOrder.nativeOrder();
  }

  private static byte[] packet(long seed, int index) {
    SplittableRandom random = new SplittableRandom(seed * 31 + index);
    byte[] packet = new byte[RandomProgram.PACKET_BYTES + random.nextInt(16)];
    random.nextBytes(packet);
    return packet;
  }

  private static String describe(long seed, RandomProgram random) {
    StringBuilder text =
        new StringBuilder("seed %d: a %s program%n".formatted(seed, random.type()));
    List<Insn> insns = random.insns();
    for (int i = 0; i < insns.size(); i++) {
      text.append(i).append(": ").append(Disassembler.text(insns, i, CallNames.UNKNOWN));
      text.append(System.lineSeparator());
      i += insns.get(i).isLdImm64() ? 1 : 0;
    }
    return text.toString();
  }

  @Override
  public void close() {
    kernel.close(arrayFd);
    kernel.close(hashFd);
    array.close();
    hash.close();
    kernel.close();
  }
}
