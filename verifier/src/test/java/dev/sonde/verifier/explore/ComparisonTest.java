package dev.sonde.verifier.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Frame;
import dev.sonde.verifier.transfer.Reference;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.verifier.transfer.StatePairs;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Which states end a path: for every pair of {@link StatePairs} whether the older one covers the
 * newer, in every mode, with all marks and with none. A line of the file names the changes that are
 * covered: {@code >} is the state of which the changed one comes, {@code <} the other way round.
 *
 * <p>{@code -Dsonde.record=true} writes the file anew; each line that changes is to be argued.
 */
class ComparisonTest {
  private static final Path FILE = Path.of("src/test/resources/explore/covers.txt");
  private static final int CALL = 0;

  /** Both functions read all their registers, from the call or from their first insn on. */
  private static String code() {
    StringBuilder text = new StringBuilder("call local f\n");
    StringBuilder reads = new StringBuilder();
    for (int r = 1; r < 10; r++) {
      reads.append("stxdw [%r10-8], %r").append(r).append('\n');
    }
    text.append("stxdw [%r10-8], %r0\n").append(reads);
    text.append("mov %r0, 0\nexit\nf:\nstxdw [%r10-8], %r0\n");
    return text.append(reads).append("mov %r0, 0\nexit\n").toString();
  }

  private static ControlFlow flow() {
    ProgramSpec spec = ProgramSpec.of("covers", ProgramType.KPROBE, Assembler.assemble(code()));
    return ControlFlow.of(new ResolvedProgram(spec, List.of(), List.of()));
  }

  private static Checkpoint checkpoint(State state, int insn, boolean marked) {
    Checkpoint checkpoint = new Checkpoint(state, insn, new Cursor(state, insn));
    if (marked) {
      Arrays.fill(checkpoint.preciseRegs, 0x3ff);
      Arrays.fill(checkpoint.preciseSlots, -1L);
      Arrays.fill(checkpoint.readSlots, -1L);
    }
    return checkpoint;
  }

  @Test
  void aStateCoversWhatItStandsForAndNothingElse() throws IOException {
    ControlFlow flow = flow();
    int begin = flow.start(1);
    Map<String, StringBuilder> lines = new LinkedHashMap<>();
    for (boolean strict : new boolean[] {false, true}) {
      Comparison comparison = new Comparison(flow, strict);
      for (StatePairs.Pair pair : StatePairs.all(CALL)) {
        for (Comparison.Mode mode : Comparison.Mode.values()) {
          for (boolean marked : new boolean[] {true, false}) {
            boolean slot = pair.where().startsWith("frame1 slot");
            if (strict && !(slot && marked) || !marked && mode == Comparison.Mode.EXACT) {
              continue; // then neither makes a difference
            }
            String head =
                "%s %s%s%s"
                    .formatted(
                        pair.where(), mode, marked ? "" : " unmarked", strict ? " strict" : "");
            StringBuilder line = lines.computeIfAbsent(head, name -> new StringBuilder());
            int insn = pair.one().depth() == 1 ? CALL : begin;
            if (comparison.covers(checkpoint(pair.one(), insn, marked), pair.other(), mode)) {
              line.append(" >").append(pair.how());
            }
            if (comparison.covers(checkpoint(pair.other(), insn, marked), pair.one(), mode)) {
              line.append(" <").append(pair.how());
            }
          }
        }
      }
    }
    check(FILE, lines);
  }

  /** At an exit only r0 is read, and in the caller what is behind the call. */
  @Test
  void aRegisterThatNobodyReadsDoesNotCount() {
    ControlFlow flow = flow();
    Comparison comparison = new Comparison(flow, false);
    int exit = flow.end(1) - 1;
    List<String> covered = new ArrayList<>();
    for (StatePairs.Pair pair : StatePairs.all(CALL)) {
      boolean unreadable = pair.how().equals("unreadable") && pair.where().contains(" r");
      Checkpoint old = checkpoint(pair.one(), exit, true);
      if (unreadable && comparison.covers(old, pair.other(), Comparison.Mode.PRECISE)) {
        covered.add(pair.where());
      }
    }
    List<String> dead = new ArrayList<>(List.of("frame0 r0"));
    for (int r = 1; r < 10; r++) {
      dead.add("frame1 r" + r);
    }
    assertEquals(dead, covered);
  }

  /** A frame that both states share is one with another one's numbers only if it has no ids. */
  @Test
  void aSharedFrameIsComparedWhereIdsTieItToAnother() {
    ControlFlow flow = flow();
    Comparison comparison = new Comparison(flow, false);
    Reg linked = Reg.UNKNOWN.withId(5);
    for (boolean slot : new boolean[] {false, true}) {
      State one = State.entry(0, CallbackKind.NONE);
      if (slot) {
        one.own(0).setSpill(0, linked);
        for (int j = 0; j < Frame.SLOT_BYTES; j++) {
          one.own(0).setType(j, Frame.SPILL);
        }
      } else {
        for (int r = 0; r < 10; r++) {
          one.own(0).setReg(r, linked);
        }
      }
      one.push(Frame.enter(1, 1, CALL, CallbackKind.NONE));
      one.setReg(6, linked);
      State same = one.copy();
      State other = one.copy();
      other.setReg(6, Reg.UNKNOWN.withId(7));
      int begin = flow.start(1);
      Checkpoint old = checkpoint(one, begin, true);
      assertTrue(comparison.covers(old, same, Comparison.Mode.PRECISE));
      assertFalse(comparison.covers(old, other, Comparison.Mode.PRECISE));
    }
  }

  @Test
  void acquiredSocketsMayHaveOtherNumbers() {
    ControlFlow flow = flow();
    Comparison comparison = new Comparison(flow, false);
    Checkpoint old = checkpoint(holdingSockets(1, 2), flow.start(1), true);
    assertTrue(comparison.covers(old, holdingSockets(2, 3), Comparison.Mode.PRECISE));
    assertFalse(comparison.covers(old, holdingSockets(2, 2), Comparison.Mode.PRECISE));
  }

  /** In r6 and r7, null or not, to be released. */
  private static State holdingSockets(int first, int second) {
    State state = State.entry(0, CallbackKind.NONE);
    state.push(Frame.enter(1, 1, CALL, CallbackKind.NONE));
    Reg socket = Reg.pointer(RegKind.SOCKET).withFlags(Reg.MAYBE_NULL);
    state.setReg(6, socket.withId(first).withRefId(first));
    state.setReg(7, socket.withId(second).withRefId(second));
    state.setReferences(List.of(new Reference(first, 0), new Reference(second, 1)));
    return state;
  }

  private static void check(Path file, Map<String, StringBuilder> lines) throws IOException {
    List<String> all = new ArrayList<>();
    lines.forEach((head, line) -> all.add(head + ":" + line));
    if (Boolean.getBoolean("sonde.record")) {
      Files.createDirectories(file.getParent());
      Files.write(file, all);
    }
    List<String> recorded = Files.readAllLines(file);
    for (int i = 0; i < all.size(); i++) {
      assertEquals(recorded.get(i), all.get(i));
    }
    assertEquals(recorded.size(), all.size());
  }
}
