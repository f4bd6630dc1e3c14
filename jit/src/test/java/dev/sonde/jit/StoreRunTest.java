package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Stores of constants side by side become wider ones; what lies in memory is the same. */
class StoreRunTest {
  private static final int BYTES = 64;
  private static final int[] STORE_IMMEDIATE = {0x72, 0x6a, 0x62, 0x7a};
  private static final int[] STORE_REGISTER = {0x73, 0x6b, 0x63, 0x7b};

  private final JitCompiler compiler = new JitCompiler(JitOptions.DEFAULT);
  private final long memory = RawMemory.allocateZeroed(BYTES);

  /** r1 and r9 hold the memory, r2 to r4 constants, r5 what is none. */
  private static List<Insn> program(SplittableRandom random) {
    List<Insn> insns = new ArrayList<>();
    insns.add(new Insn(0xbf, 9, 1, 0, 0));
    for (int r = 2; r <= 4; r++) {
      insns.add(new Insn(0xb7, r, 0, 0, random.nextInt()));
    }
    insns.add(new Insn(0x79, 5, 1, 0, 0));
    int stores = random.nextInt(2, random.nextInt(8) == 0 ? 250 : 30);
    boolean descending = random.nextBoolean();
    int off = descending ? BYTES : 0;
    for (int i = 0; i < stores; i++) {
      int size = random.nextInt(4);
      int bytes = 1 << size;
      boolean beside = random.nextInt(4) > 0;
      int next = descending ? off - bytes : off;
      next = beside && next >= 0 && next + bytes <= BYTES ? next : random.nextInt(BYTES - 7);
      off = descending ? next : next + bytes;
      int base = random.nextInt(12) == 0 ? 9 : 1;
      boolean immediate = random.nextBoolean();
      int source = random.nextInt(12) == 0 ? 5 : random.nextInt(2, 5);
      insns.add(
          immediate
              ? new Insn(STORE_IMMEDIATE[size], base, 0, next, random.nextInt())
              : new Insn(STORE_REGISTER[size], base, source, next, 0));
      insns.addAll(between(random));
    }
    insns.add(new Insn(0x79, 0, 1, 8, 0));
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    return insns;
  }

  /** Mostly nothing: another constant, a load that is read, a jump or a base that moves. */
  private static List<Insn> between(SplittableRandom random) {
    int register = random.nextInt(2, 5);
    int number = random.nextInt();
    return switch (random.nextInt(40)) {
      case 0, 1, 2 -> List.of(new Insn(0xb7, register, 0, 0, number));
      case 3 -> List.of(new Insn(0x07, register, 0, 0, number));
      case 4 -> List.of(new Insn(0x79, 6, 1, random.nextInt(BYTES - 7), 0), xor(6));
      case 5 -> List.of(new Insn(0x65, 5, 0, 1, number), new Insn(0xb7, register, 0, 0, number));
      case 6 -> List.of(new Insn(0xbf, 9, 1, 0, 0), new Insn(0x71, 6, 9, 0, 0), xor(6));
      case 7 -> List.of(new Insn(0x07, 1, 0, 0, 8), new Insn(0x07, 1, 0, 0, -8));
      default -> List.of();
    };
  }

  private static Insn xor(int register) {
    return new Insn(0xaf, 5, register, 0, 0);
  }

  private byte[] run(ExecutableProgram program) {
    byte[] before = new byte[BYTES];
    new SplittableRandom(7).nextBytes(before);
    RawMemory.write(memory, before);
    program.run(Trusted.slot(), memory);
    return RawMemory.read(memory, BYTES);
  }

  @Test
  void runsOfStoresLeaveWhatTheInterpreterLeaves() {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    for (long i = seed; i < seed + 3_000; i++) {
      Trusted proof = Trusted.of("stores", program(new SplittableRandom(i)));
      try (Interpreter oracle = new Interpreter(proof);
          CompiledProgram compiled = compiler.compile(proof, null)) {
        long which = i;
        assertArrayEquals(run(oracle), run(compiled), () -> "seed " + which);
      }
    }
  }

  private String stored(Insn... stores) {
    List<Insn> insns = new ArrayList<>(List.of(stores));
    insns.add(new Insn(0xb7, 0, 0, 0, 0));
    insns.add(new Insn(0x95, 0, 0, 0, 0));
    return compiler.listing(Trusted.of("stores", insns), null);
  }

  private static Insn store(int size, int off) {
    return new Insn(STORE_IMMEDIATE[size], 1, 0, off, 0x01);
  }

  @Test
  void eightBytesInARowAreOneStore() {
    Insn[] stores = new Insn[8];
    for (int i = 0; i < 8; i++) {
      stores[i] = store(0, 15 - i);
    }
    String text = stored(stores);
    assertEquals(1, text.split("Unsafe.put", -1).length - 1, text);
    assertTrue(text.contains("ldc " + 0x0101010101010101L), text);
  }

  @Test
  void constantsMayChangeBetweenStoresOfARun() {
    String text =
        stored(
            store(0, 3),
            store(0, 1),
            new Insn(0xb7, 2, 0, 0, 0x55),
            new Insn(0x73, 1, 2, 2, 0),
            new Insn(0xb7, 2, 0, 0, 0x66),
            new Insn(0x73, 1, 2, 0, 0));
    assertEquals(1, text.split("Unsafe.put", -1).length - 1, text);
    assertTrue(text.contains("ldc " + 0x01550166), text);
  }

  @Test
  void whatIsReadBetweenEndsARun() {
    String text =
        stored(store(0, 1), new Insn(0x71, 2, 1, 1, 0), new Insn(0x73, 1, 2, 4, 0), store(0, 0));
    assertEquals(3, text.split("Unsafe.put", -1).length - 1, text);
  }

  @Test
  void whatIsNotAlignedOrNotBesideStaysAsItIs() {
    String apart = stored(store(2, 0), store(2, 8));
    assertEquals(2, apart.split("Unsafe.putInt", -1).length - 1, apart);
    String odd = stored(store(2, 4), store(2, 8));
    assertEquals(2, odd.split("Unsafe.putInt", -1).length - 1, odd);
  }
}
