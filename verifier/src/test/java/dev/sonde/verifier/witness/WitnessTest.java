package dev.sonde.verifier.witness;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.certify.Certificate;
import dev.sonde.verifier.certify.Certifier;
import dev.sonde.verifier.certify.Observation;
import dev.sonde.verifier.cfg.ControlFlow;
import dev.sonde.verifier.explore.Explorer;
import dev.sonde.verifier.explore.Retained;
import dev.sonde.verifier.explore.Trail;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.log.Rejection;
import dev.sonde.verifier.require.Facts;
import dev.sonde.verifier.require.Step;
import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Accepted programs are run, and at every step some state that the verifier recorded there contains
 * the machine, every access lies in its object, and every fact holds.
 */
class WitnessTest {
  private static final boolean LONG = Boolean.getBoolean("sonde.long");
  private static final int PROGRAMS =
      Integer.getInteger("sonde.programs", LONG ? 1_000_000 : 20_000);
  private static final int RUNS = 2;
  private static final long MAX_STEPS = LONG ? 20_000 : 2_000;
  private static final int GREATEST_TRIPS = Integer.getInteger("sonde.trips", LONG ? 800 : 20);
  private static final int PROGRESS = 10_000; // programs, in the long form
  private static final int LIES_EVERY = 4; // programs
  private static final int MAX_PROCESSED = 2_000;

  /** Tracing programs and, as many, those on packets; or what is said. */
  private static final List<ContextLoads> CONTEXTS =
      Stream.of(
              System.getProperty("sonde.contexts", "REGISTERS,REGISTERS,SOCKET_BUFFER,FRAME")
                  .split(","))
          .map(ContextLoads::valueOf)
          .toList();

  /** What accepted programs must have called: one of every kind of helper that has rules. */
  private static final Set<String> CALLED =
      Set.of(
          "1",
          "9",
          "26",
          "38",
          "93",
          "94",
          "131",
          "132",
          "133",
          "164",
          "169",
          "170",
          "171",
          "172",
          "181",
          "198",
          "199",
          "200",
          "201",
          "202",
          "203",
          "209",
          "bpf_iter_num_next",
          "bpf_iter_bits_next",
          "bpf_dynptr_from_skb",
          "bpf_dynptr_slice",
          "bpf_dynptr_slice_rdwr",
          "bpf_dynptr_adjust",
          "bpf_dynptr_clone");

  private static final long SEED = Long.getLong("sonde.seed", 20261121);

  /** Keeps every state that the checker executes. */
  private static final class Recorder extends Observation {
    private final Map<Integer, List<State>> states = new HashMap<>();

    Recorder(ResolvedProgram program, ControlFlow flow) {
      super(program, flow);
    }

    @Override
    protected void before(int insn, State current) {
      states.computeIfAbsent(insn, at -> new ArrayList<>()).add(current.copy());
      super.before(insn, current);
    }
  }

  private record Proved(ProgramFacts facts, Map<Integer, List<State>> states) {}

  private static Proved prove(ResolvedProgram program, @Nullable Lies lies) {
    ControlFlow flow = ControlFlow.of(program);
    List<Recorder> recorders = new ArrayList<>();
    Certifier certifier =
        new Certifier(
            (path, facts) -> new Step(program, flow, false, path, facts),
            () -> {
              recorders.add(new Recorder(program, flow));
              return recorders.get(recorders.size() - 1);
            },
            flow::isPrunePoint,
            MAX_PROCESSED);
    State entry = State.entry(0, CallbackKind.NONE);
    entry.setReg(1, Reg.pointer(RegKind.CTX));
    certifier.enter(0, entry);
    ProgramFacts facts = certifier.certify(explored(program, flow, lies));
    return new Proved(facts, recorders.get(recorders.size() - 1).states);
  }

  /** What the explorer says: it is not trusted, so what it says must not matter for safety. */
  private static Certificate explored(
      ResolvedProgram program, ControlFlow flow, @Nullable Lies lies) {
    Explorer explorer =
        new Explorer(
            program,
            flow,
            false,
            MAX_PROCESSED,
            1L << 28,
            Facts.NONE,
            new Trail(program.spec(), 0));
    explorer.run();
    Certificate certificate = new Certificate();
    for (Retained retained : explorer.retained()) {
      State state = retained.state();
      certificate.add(retained.insn(), lies == null ? state : lies.of(state));
    }
    return certificate;
  }

  private static final class Witness implements Machine.Watcher {
    private final ResolvedProgram program;
    private final FactCheck facts;
    private final int[] lastMatch;
    private final List<List<State>> states = new ArrayList<>();
    private @Nullable Containment containment;
    private int last = -1;

    Witness(ResolvedProgram program, Proved proved) {
      this.program = program;
      facts = new FactCheck(program, proved.facts());
      int count = program.insns().size();
      lastMatch = new int[count];
      for (int i = 0; i < count; i++) {
        states.add(proved.states().getOrDefault(i, List.of()));
      }
    }

    @Override
    public void before(int insn, Machine machine) {
      facts.before(insn, last, machine);
      last = insn;
      Containment looks = containment;
      if (looks == null) {
        looks = new Containment(program, machine);
        containment = looks;
      }
      List<State> here = states.get(insn);
      int start = lastMatch[insn];
      for (int i = 0; i < here.size(); i++) {
        int index = (start + i) % here.size();
        if (looks.contains(here.get(index))) {
          lastMatch[insn] = index;
          return;
        }
      }
      throw new WitnessFailure(
          "insn %d: none of %d states contains the machine: %s%n%s"
              .formatted(
                  insn,
                  here.size(),
                  here.isEmpty() ? "no state" : looks.explain(here.get(0)),
                  here.isEmpty() ? "" : here.get(0).text(0, -1, -1)));
    }

    @Override
    public void begins() {
      facts.begins();
      last = -1;
    }

    @Override
    public void touches(int insn, Memory.Block block, long offset, int size, Machine machine) {
      facts.touches(insn, block, offset, size, machine);
    }

    @Override
    public void jumps(int insn, boolean taken) {
      facts.jumps(insn, taken);
    }

    @Override
    public void after(int insn, Machine machine) {
      facts.after(insn, machine);
    }
  }

  @Test
  void whatIsAcceptedDoesWhatWasProved() {
    SplittableRandom random = new SplittableRandom(SEED);
    int accepted = 0;
    long steps = 0;
    long loops = 0;
    int ofPackets = 0;
    int givenUp = 0;
    Set<String> called = new TreeSet<>();
    for (int i = 0; i < PROGRAMS; i++) {
      if (LONG && i > 0 && i % PROGRESS == 0) {
        System.out.printf(
            "witness: seed %d, %d programs, %d accepted, %d insns executed so far%n",
            SEED, i, accepted, steps);
      }
      SplittableRandom own = random.split();
      ContextLoads context = CONTEXTS.get(own.nextInt(CONTEXTS.size()));
      ResolvedProgram program =
          Resources.program(new ProgramGenerator(own, context, GREATEST_TRIPS));
      Proved proved;
      try {
        proved = prove(program, own.nextInt(LIES_EVERY) == 0 ? new Lies(own.split()) : null);
      } catch (Rejection rejection) {
        continue;
      }
      accepted++;
      ofPackets += context.hasPacket() ? 1 : 0;
      for (int run = 0; run < RUNS; run++) {
        Witness witness = new Witness(program, proved);
        Machine machine =
            new Machine(
                program,
                program.spec().type().contextLayout().sizeBytes(), // all that the layout allows
                own.split(),
                witness);
        try {
          machine.run(MAX_STEPS);
        } catch (WitnessFailure failure) {
          throw new AssertionError(
              "seed %d, program %d: %s%n%s".formatted(SEED, i, failure.getMessage(), text(program)),
              failure);
        }
        steps += machine.steps();
        loops += witness.facts.loopsCounted();
        called.addAll(machine.called());
        givenUp += machine.hasGivenUp() ? 1 : 0;
      }
    }
    System.out.printf(
        "witness: seed %d, %d programs, %d accepted (%d of packets), %d insns executed,"
            + " %d counted loops left%n",
        SEED, PROGRAMS, accepted, ofPackets, steps, loops);
    assertTrue(accepted * 100L >= 35L * PROGRAMS, accepted + " of " + PROGRAMS + " accepted");
    assertTrue(loops > PROGRAMS / 10, "only " + loops + " counted loops");
    assertTrue(givenUp <= PROGRAMS / 100, givenUp + " runs met an unknown helper");
    if (PROGRAMS >= 10_000 && CONTEXTS.contains(ContextLoads.SOCKET_BUFFER)) {
      assertTrue(called.containsAll(CALLED), "called: " + called);
    }
  }

  private static String text(ResolvedProgram program) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < program.insns().size(); i++) {
      text.append("%4d: %s%n".formatted(i, program.insns().get(i)));
    }
    return text.toString();
  }
}
