package dev.sonde.jit.plan;

import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A program as functions, the main one first.
 *
 * @param known what may be taken for granted
 * @param functions by first insn
 * @param callbacks first insns of functions whose address the program takes, ascending
 */
public record ProgramPlan(
    Knowledge known, Map<Integer, FunctionPlan> functions, List<Integer> callbacks) {

  public static ProgramPlan of(Knowledge known) {
    return of(known, new MethodNames());
  }

  /**
   * @param names of the class that the program is to be part of
   */
  public static ProgramPlan of(Knowledge known, MethodNames names) {
    return new Planner(known, names).plan();
  }

  /** Tells whether the program may go on as another one. */
  public boolean hasTailCall() {
    return functions.values().stream()
        .flatMap(function -> function.blocks().stream())
        .anyMatch(block -> known.isTailCall(block.last()));
  }

  public FunctionPlan main() {
    return function(0);
  }

  /** Returns the function whose first insn is {@code entry}. */
  public FunctionPlan function(int entry) {
    FunctionPlan function = functions.get(entry);
    if (function == null) {
      throw new IllegalStateException("no function begins at insn " + entry);
    }
    return function;
  }

  /** Finds the functions; callees first, because a call reads what its callee takes. */
  private static final class Planner implements Liveness.Callees {
    private final Knowledge known;
    private final Map<Integer, FunctionPlan> functions = new TreeMap<>();
    private final Map<Integer, Integer> arguments = new HashMap<>();
    private final List<Integer> callbacks = new ArrayList<>();
    private final MethodNames names;
    private final ProgramSpec spec;

    Planner(Knowledge known, MethodNames names) {
      this.known = known;
      this.names = names;
      this.spec = known.proof().program().spec();
    }

    ProgramPlan plan() {
      argumentsOf(0);
      for (int i = 0; i < known.size(); i++) {
        Op insn = known.insn(i);
        if (insn.isLdImm64() && insn.src() == Opcodes.PSEUDO_FUNC && known.isReached(i)) {
          callbacks.add(known.target(i));
          argumentsOf(known.target(i));
        }
      }
      return new ProgramPlan(known, functions, callbacks.stream().distinct().sorted().toList());
    }

    @Override
    public int argumentsOf(int entry) {
      Integer found = arguments.get(entry);
      if (found != null) {
        return found;
      }
      arguments.put(entry, FunctionPlan.ARGUMENTS); // should the function call itself, unproved
      FunctionPlan function = planFunction(entry);
      functions.put(entry, function);
      arguments.put(entry, function.arguments());
      return function.arguments();
    }

    private FunctionPlan planFunction(int entry) {
      List<FlowGraph.Block> blocks = FlowGraph.of(known, entry);
      int start = blocks.stream().filter(b -> b.first() == entry).findFirst().orElseThrow().index();
      List<StackSlot> slots = known.slots(entry);
      int registers = Opcodes.REGISTERS + slots.size();
      if (!known.checked()) {
        Bases.use(known, blocks, start, registers);
      }
      long[] live = DeadInsns.kill(known, blocks, this);
      int taken = (int) live[start] & FunctionPlan.ARGUMENTS;
      Webs webs = new Webs(known, blocks, live, registers);
      Types types = Types.of(known, blocks, live, webs, start);
      References references =
          entry == 0 ? References.of(known, blocks, webs, this) : References.NONE;
      return new FunctionPlan(
          entry,
          names.of(spec, entry),
          blocks,
          live,
          taken,
          slots,
          webs,
          types,
          references,
          new Kept(webs, types, references));
    }
  }
}
