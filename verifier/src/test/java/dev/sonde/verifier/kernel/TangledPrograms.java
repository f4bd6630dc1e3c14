package dev.sonde.verifier.kernel;

import dev.sonde.vm.program.ProgramType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes up small programs whose paths meet again and again: loops in loops of every kind, branches,
 * functions and callbacks that touch their callers' stacks, and numbers that wander through
 * registers and slots until one of them is an index. What a walk may forget of its past, what it
 * must keep, and when it may end is decided in each of them many times.
 *
 * <p>r6 to r8 hold numbers; r9 holds one in the main program, in all others an address in their
 * caller's frame. Slots 0 to 5 hold what is spilled, slot 6 an address.
 */
final class TangledPrograms {
  private static final String[] TESTS = {"jeq", "jne", "jlt", "jgt", "jsgt", "jsle", "jset"};
  private static final String[] OPERATIONS = {"add", "sub", "and", "or", "xor", "mul", "mov"};
  private static final String[] SIZES = {"b", "h", "w", "dw"};
  private static final ProgramType[] TYPES = {
    ProgramType.SOCKET_FILTER, ProgramType.KPROBE, ProgramType.SCHED_CLS, ProgramType.XDP
  };
  private static final int SPILLS = 6;
  private static final int MOST_FUNCTIONS = 3;

  private final SplittableRandom random;
  private final List<String> code = new ArrayList<>();
  private final List<Runnable> bodies = new ArrayList<>();
  private final List<Integer> numbers = new ArrayList<>(List.of(6, 7, 8, 9));
  private int labels;
  private int functions;
  private int budget;
  private int loops;
  private boolean isMain = true;

  private TangledPrograms(SplittableRandom random) {
    this.random = random;
    budget = random.nextInt(8, 28);
  }

  /** Returns the program that is made from {@code seed}. */
  static VerdictCasesTest.Case of(int seed) {
    TangledPrograms made = new TangledPrograms(new SplittableRandom(seed));
    made.program();
    ProgramType type = TYPES[seed % TYPES.length];
    return new VerdictCasesTest.Case("tangled-" + seed, type, seed % 9 == 8, "", made.code);
  }

  private void program() {
    begin();
    emit(random.nextBoolean() ? "mov %r9, 3" : "mov %r9, %r0");
    block(0);
    emit("mov %r0, 0");
    emit("exit");
    while (!bodies.isEmpty()) {
      bodies.remove(0).run();
    }
  }

  /** A few numbers and slots to begin with; one of the numbers is unknown. */
  private void begin() {
    emit("call 7");
    emit("mov %r6, " + random.nextInt(8));
    emit("mov %r7, %r0");
    emit("mov %r8, " + random.nextInt(8));
    for (int slot = 0; slot < 4; slot++) {
      if (chance(75)) {
        emit("stxdw [%r10" + at(slot) + "], %r" + (6 + slot % 3));
      }
    }
  }

  private void emit(String line) {
    code.add(line);
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private String pick(String... words) {
    return words[random.nextInt(words.length)];
  }

  private int number() {
    return numbers.get(random.nextInt(numbers.size()));
  }

  private String label() {
    return "l" + labels++;
  }

  private static String at(int slot) {
    return "-" + 8 * (slot + 1);
  }

  private String slot() {
    return at(random.nextInt(SPILLS));
  }

  private void block(int nesting) {
    int count = random.nextInt(2, 6);
    for (int i = 0; i < count && budget > 0; i++) {
      budget--;
      statement(nesting);
    }
  }

  private void statement(int nesting) {
    switch (random.nextInt(nesting < 3 && loops < 3 ? 30 : 17)) {
      case 0, 1 -> arithmetic();
      case 2 -> emit("mov %r" + number() + ", " + random.nextInt(8));
      case 3 -> unknown();
      case 4, 5 -> emit("stxdw [%r10" + slot() + "], %r" + number());
      case 6, 7 -> emit("ldxdw %r" + number() + ", [%r10" + slot() + "]");
      case 8 -> part();
      case 9, 10, 11 -> index();
      case 12 -> others();
      case 13 -> address();
      case 14 -> atomic();
      case 15, 16 -> shortBranch();
      case 17, 18, 19 -> branch(nesting);
      case 20, 21 -> countedLoop(nesting);
      case 22 -> slotLoop(nesting);
      case 23, 24 -> iteratorLoop(nesting);
      case 25 -> mayGoto(nesting);
      case 26, 27 -> callbackLoop();
      default -> call();
    }
  }

  private void arithmetic() {
    String operation = pick(OPERATIONS) + (chance(20) ? "32" : "");
    boolean register = chance(40);
    String operand = register ? "%r" + number() : "" + random.nextInt(-2, 9);
    emit(operation + " %r" + number() + ", " + operand);
  }

  private void unknown() {
    emit("call 7");
    if (chance(70)) {
      emit("and %r0, " + pick("1", "3", "7", "255"));
    }
    emit("mov %r" + number() + ", %r0");
  }

  private void part() {
    String size = pick(SIZES);
    int bytes = 1 << List.of(SIZES).indexOf(size);
    int off = -8 * random.nextInt(1, SPILLS + 1) + bytes * random.nextInt(8 / bytes);
    switch (random.nextInt(3)) {
      case 0 -> emit("stx" + size + " [%r10" + off + "], %r" + number());
      case 1 -> emit("st" + size + " [%r10" + off + "], " + random.nextInt(3));
      default -> emit("ldx" + size + " %r" + number() + ", [%r10" + off + "]");
    }
  }

  /** What a number is decides whether this is safe; mostly it is made so. */
  private void index() {
    int number = number();
    int guard = random.nextInt(10);
    if (guard < 4) {
      emit("and %r" + number + ", " + pick("7", "15", "31"));
    } else if (guard < 7) {
      String over = label();
      emit("jgt %r" + number + ", " + pick("7", "20", "63") + ", " + over);
      touch(number);
      emit(over + ":");
      return;
    }
    touch(number);
  }

  private void touch(int number) {
    if (chance(70)) {
      emit("lddw %r1, map_value 1 0");
      emit("add %r1, %r" + number);
      emit("ldxb %r0, [%r1+0]");
    } else {
      emit("mov %r1, %r10");
      emit("add %r1, -48");
      emit("add %r1, %r" + number);
      emit(chance(60) ? "ldxb %r0, [%r1+0]" : "stb [%r1+0], 1");
    }
  }

  /** Something of the caller's frame, or of the map's value. */
  private void others() {
    if (isMain) {
      emit("lddw %r1, map_value 1 0");
      emit(chance(50) ? "stxdw [%r1+8], %r" + number() : "ldxdw %r" + number() + ", [%r1+8]");
    } else {
      int off = -8 * random.nextInt(0, 3);
      String place = "[%r9" + (off == 0 ? "+0" : off) + "]";
      emit(
          chance(50) ? "stxdw " + place + ", %r" + number() : "ldxdw %r" + number() + ", " + place);
    }
  }

  private void address() {
    emit("stxdw [%r10" + at(6) + "], " + (isMain || chance(50) ? "%r10" : "%r9"));
    arithmetic();
    emit("ldxdw %r1, [%r10" + at(6) + "]");
    emit(pick("ldxdw %r0, [%r1-8]", "stxdw [%r1-16], %r" + number(), "mov %r2, %r1"));
  }

  private void atomic() {
    String kind = pick("add", "fetch add", "xchg", "cmpxchg");
    if (kind.equals("cmpxchg")) {
      emit("mov %r0, %r" + number());
    }
    emit("lock " + kind + " [%r10" + slot() + "], %r" + number());
  }

  private String test() {
    String operand = chance(30) ? "%r" + number() : "" + random.nextInt(5);
    return pick(TESTS) + (chance(15) ? "32" : "") + " %r" + number() + ", " + operand + ", ";
  }

  private void shortBranch() {
    String over = label();
    emit(test() + over);
    arithmetic();
    emit(over + ":");
  }

  private void branch(int nesting) {
    String otherwise = label();
    String end = label();
    emit(test() + otherwise);
    block(nesting + 1);
    if (chance(50)) {
      emit("ja " + end);
      emit(otherwise + ":");
      block(nesting + 1);
      emit(end + ":");
    } else {
      emit(otherwise + ":");
    }
  }

  /** A register counts. */
  private void countedLoop(int nesting) {
    if (numbers.size() < 2) {
      return;
    }
    int counter = numbers.remove(random.nextInt(numbers.size()));
    String head = label();
    emit("mov %r" + counter + ", " + random.nextInt(2));
    emit(head + ":");
    inLoop(nesting);
    emit("add %r" + counter + ", 1");
    emit("jlt %r" + counter + ", " + random.nextInt(2, 6) + ", " + head);
    numbers.add(counter);
  }

  /** A slot counts. */
  private void slotLoop(int nesting) {
    String place = "[%r10" + at(7 + loops) + "]";
    String head = label();
    emit("stdw " + place + ", 0");
    emit(head + ":");
    inLoop(nesting);
    emit("ldxdw %r0, " + place);
    emit("add %r0, 1");
    emit("stxdw " + place + ", %r0");
    emit("jlt %r0, " + random.nextInt(2, 5) + ", " + head);
  }

  private void inLoop(int nesting) {
    loops++;
    block(nesting + 1);
    loops--;
  }

  private void iteratorLoop(int nesting) {
    int slot = 10 + loops;
    String head = label();
    String end = label();
    iterator(slot);
    emit("mov %r2, 0");
    emit("mov %r3, " + random.nextInt(1, 40));
    emit("call kfunc 0");
    emit(head + ":");
    iterator(slot);
    emit("call kfunc 1");
    emit("jeq %r0, 0, " + end);
    if (chance(60)) {
      emit("ldxw %r" + number() + ", [%r0+0]");
    }
    inLoop(nesting);
    if (chance(20)) {
      emit(test() + end);
    }
    emit("ja " + head);
    emit(end + ":");
    iterator(slot);
    emit("call kfunc 2");
  }

  private void iterator(int slot) {
    emit("mov %r1, %r10");
    emit("add %r1, " + at(slot));
  }

  private void mayGoto(int nesting) {
    String head = label();
    String end = label();
    emit(head + ":");
    emit("may_goto " + end);
    inLoop(nesting);
    emit("ja " + head);
    emit(end + ":");
  }

  private void callbackLoop() {
    if (functions == MOST_FUNCTIONS) {
      return;
    }
    String name = function();
    emit("mov %r1, " + (chance(70) ? "" + random.nextInt(1, 5) : "%r" + number()));
    emit("lddw %r2, func " + name);
    pointAt("%r3");
    emit("mov %r4, 0");
    emit("call 181");
    if (chance(30)) {
      emit("mov %r" + number() + ", %r0");
    }
    bodies.add(() -> body(name, "%r2", "%r1", true));
  }

  private void call() {
    if (functions == MOST_FUNCTIONS) {
      return;
    }
    String name = function();
    int calls = random.nextInt(1, 4);
    for (int i = 0; i < calls; i++) {
      emit("mov %r1, %r" + number());
      pointAt("%r2");
      emit("call local " + name);
      if (chance(60)) {
        emit("mov %r" + number() + ", %r0");
      }
    }
    bodies.add(() -> body(name, "%r2", "%r1", false));
  }

  private String function() {
    return "f" + functions++;
  }

  /** At one of the slots that are spilled to; there is room for two more below it. */
  private void pointAt(String register) {
    emit("mov " + register + ", %r10");
    emit("add " + register + ", " + at(random.nextInt(4)));
  }

  private void body(String name, String address, String number, boolean callback) {
    isMain = false;
    loops = 0;
    budget = random.nextInt(3, 12);
    numbers.clear();
    numbers.addAll(List.of(6, 7, 8));
    emit(name + ":");
    emit("mov %r9, " + address);
    emit("mov %r6, " + number);
    emit("mov %r7, " + random.nextInt(4));
    emit("mov %r8, %r6");
    for (int slot = 0; slot < 3; slot++) {
      emit("stxdw [%r10" + at(slot) + "], %r" + (6 + slot));
    }
    block(1);
    if (callback) {
      emit(chance(70) ? "mov %r0, 0" : "mov %r0, %r" + number());
      emit(chance(90) ? "and %r0, 1" : "and %r0, 3");
    } else {
      emit("mov %r0, " + (chance(70) ? "%r" + number() : "" + random.nextInt(5)));
    }
    emit("exit");
  }
}
