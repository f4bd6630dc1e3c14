package dev.sonde.verifier.transfer;

import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A state with something of every kind in it, and the same with one thing changed: what tells
 * whether one state stands for another must say the right thing of each pair.
 */
public final class StatePairs {
  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;
  private static final BpfMap MAP = map("map");
  private static final BpfMap OTHER = map("other");
  private static final int SLOTS = 11;

  /**
   * @param where what was changed
   * @param how to what
   */
  public record Pair(String where, String how, State one, State other) {}

  private final int callSite;
  private final List<Pair> pairs = new ArrayList<>();

  private StatePairs(int callSite) {
    this.callSite = callSite;
  }

  private static BpfMap map(String name) {
    return Maps.create(MapSpec.of(name, MapType.ARRAY, 4, 64, 1));
  }

  /** Returns them for function 1, called from insn {@code callSite} of the main program. */
  public static List<Pair> all(int callSite) {
    StatePairs all = new StatePairs(callSite);
    for (int f = 0; f < 2; f++) {
      for (int r = 0; r < 10; r++) {
        all.register(f, r);
      }
      for (int s = 0; s < SLOTS; s++) {
        all.slot(f, s);
      }
    }
    all.wholes();
    all.ids();
    return all.pairs;
  }

  private static Reg range(long min, long max) {
    return Reg.scalar(DOMAIN.unsigned(min, max));
  }

  private static Frame frame(int number, int callSite, CallbackKind callback) {
    Frame frame = Frame.enter(number, number, callSite, callback);
    Reg value = Reg.pointer(RegKind.MAP_VALUE, 0, MAP);
    frame.setReg(0, Reg.UNKNOWN);
    frame.setReg(1, range(2, 10).withId(1));
    frame.setReg(2, range(2, 10).withId(1));
    frame.setReg(3, range(6, 14).withId(1 | Reg.ADD_CONST).withOff(4));
    frame.setReg(4, value.withOff(8).withVar(DOMAIN.unsigned(2, 6)).withId(3));
    frame.setReg(5, Reg.pointer(RegKind.MEM, 32, null).withRefId(5).withFlags(Reg.RINGBUF));
    frame.setReg(6, Reg.pointer(RegKind.CTX));
    Reg packet = Reg.pointer(RegKind.PACKET, 10, null).withOff(2).withId(6);
    frame.setReg(7, packet.withVar(DOMAIN.unsigned(2, 6)));
    frame.setReg(8, number == 0 ? value.withFlags(Reg.MAYBE_NULL).withId(7) : stack(-8));
    frame.setReg(9, range(0, 1L << 40).withId(8).withFlags(number == 0 ? Reg.SHIFTED : 0));
    spill(frame, 0, range(2, 6).withId(1));
    spill(frame, 1, Reg.pointer(RegKind.CTX));
    types(frame, 2, 0, 8, Frame.MISC);
    types(frame, 3, 0, 8, Frame.ZERO);
    spill(frame, 4, range(2, 6));
    types(frame, 4, 0, 4, Frame.MISC);
    types(frame, 5, 0, 8, Frame.INVALID);
    Reg ring = Reg.pointer(RegKind.DYNPTR, 0, "ringbuf").withRefId(5);
    object(frame, 6, ring, Frame.DYNPTR);
    object(frame, 7, ring.withFlags(Reg.FIRST), Frame.DYNPTR);
    object(
        frame,
        8,
        Reg.pointer(RegKind.ITERATOR, 0, "num").withFlags(Reg.FIRST | Reg.ACTIVE).withRefId(5),
        Frame.ITER);
    types(frame, 9, 0, 4, Frame.ZERO);
    types(frame, 9, 4, 8, Frame.MISC);
    spill(frame, 10, Reg.constant(0));
    return frame;
  }

  private static Reg stack(int off) {
    return Reg.pointer(RegKind.STACK, 0, null).withOff(off);
  }

  private static void types(Frame frame, int slot, int from, int to, byte type) {
    for (int j = from; j < to; j++) {
      frame.setType(slot * Frame.SLOT_BYTES + j, type);
    }
  }

  private static void spill(Frame frame, int slot, Reg reg) {
    frame.setSpill(slot, reg);
    types(frame, slot, 0, 8, Frame.SPILL);
  }

  private static void object(Frame frame, int slot, Reg reg, byte type) {
    frame.setSpill(slot, reg);
    types(frame, slot, 0, 8, type);
  }

  private State state() {
    return state(callSite, CallbackKind.NONE);
  }

  private static State state(int callSite, CallbackKind callback) {
    State state = State.entry(0, CallbackKind.NONE);
    Frame main = frame(0, -1, CallbackKind.NONE);
    Frame own = state.own(0);
    for (int r = 0; r < 10; r++) {
      own.setReg(r, main.reg(r));
    }
    for (int s = 0; s < main.slots(); s++) {
      own.setSpill(s, main.spill(s));
      for (int j = 0; j < Frame.SLOT_BYTES; j++) {
        own.setType(s * Frame.SLOT_BYTES + j, main.type(s * Frame.SLOT_BYTES + j));
      }
    }
    state.push(frame(1, callSite, callback));
    state.setReferences(List.of(new Reference(5, 0)));
    state.setLockId(3);
    return state;
  }

  private void pair(String where, String how, Consumer<State> change) {
    State other = state();
    change.accept(other);
    pairs.add(new Pair(where, how, state(), other));
  }

  private static Map<String, UnaryOperator<Reg>> changes() {
    Map<String, UnaryOperator<Reg>> changes = new LinkedHashMap<>();
    changes.put("same", reg -> reg.withOff(reg.off()));
    changes.put("unknown", reg -> Reg.UNKNOWN);
    changes.put("unreadable", reg -> Reg.NOT_INIT);
    changes.put("ctx", reg -> Reg.pointer(RegKind.CTX));
    changes.put("three", reg -> Reg.constant(3));
    changes.put("zero", reg -> Reg.constant(0));
    changes.put("narrower", reg -> reg.withVar(DOMAIN.unsigned(3, 5)));
    changes.put("less", reg -> reg.withVar(DOMAIN.unsigned(1, 5)));
    changes.put("more", reg -> reg.withVar(DOMAIN.unsigned(3, 70)));
    changes.put("vaguer", reg -> reg.withVar(DOMAIN.unknown()));
    changes.put("id0", reg -> reg.withId(0));
    changes.put("id1", reg -> reg.withId(1));
    changes.put("id9", reg -> reg.withId(9));
    changes.put("delta", reg -> reg.withId(reg.id() ^ Reg.ADD_CONST));
    changes.put("half-delta", reg -> reg.withId(reg.id() ^ Reg.ADD_CONST32));
    changes.put("off+1", reg -> reg.withOff(reg.off() + 1));
    changes.put("extra+1", reg -> reg.withExtra(reg.extra() + 1));
    changes.put("extra-1", reg -> reg.withExtra(reg.extra() - 1));
    changes.put("at-end", reg -> reg.withExtra(-1));
    changes.put("behind-end", reg -> reg.withExtra(-2));
    changes.put("ref0", reg -> reg.withRefId(0));
    changes.put("ref9", reg -> reg.withRefId(9));
    changes.put("or-null", reg -> reg.withFlags(reg.flags() ^ Reg.MAYBE_NULL));
    changes.put("untrusted", reg -> reg.withFlags(reg.flags() ^ Reg.UNTRUSTED));
    changes.put("shifted", reg -> reg.withFlags(reg.flags() ^ Reg.SHIFTED));
    changes.put("drained", reg -> reg.withFlags(reg.flags() ^ Reg.ACTIVE));
    changes.put("other", reg -> of(reg, OTHER));
    changes.put("named", reg -> of(reg, new String("name")));
    return changes;
  }

  private static Reg of(Reg reg, Object of) {
    return new Reg(
        reg.kind(), reg.flags(), reg.var(), reg.off(), reg.id(), reg.refId(), reg.extra(), of);
  }

  private void register(int f, int r) {
    changes()
        .forEach(
            (how, change) ->
                pair(
                    "frame" + f + " r" + r,
                    how,
                    state -> state.own(f).setReg(r, change.apply(state.frame(f).reg(r)))));
  }

  private void slot(int f, int s) {
    String where = "frame" + f + " slot" + s;
    changes()
        .forEach(
            (how, change) ->
                pair(
                    where,
                    how,
                    state -> state.own(f).setSpill(s, change.apply(state.frame(f).spill(s)))));
    for (byte type = Frame.INVALID; type <= Frame.ITER; type++) {
      byte now = type;
      pair(where, "all" + type, state -> types(state.own(f), s, 0, 8, now));
      pair(where, "low" + type, state -> types(state.own(f), s, 0, 1, now));
      pair(where, "high" + type, state -> types(state.own(f), s, 7, 8, now));
      pair(where, "most" + type, state -> types(state.own(f), s, 0, 7, now));
    }
    pair(where, "spills", state -> spill(state.own(f), s, range(3, 5)));
  }

  private void wholes() {
    pair("state", "lock4", state -> state.setLockId(4));
    pair("state", "unlocked", state -> state.setLockId(0));
    pair("state", "ref0", state -> state.setReferences(List.of()));
    pair("state", "ref9", state -> state.setReferences(List.of(new Reference(9, 0))));
    pair("state", "ref-elsewhere", state -> state.setReferences(List.of(new Reference(5, 7))));
    List<Reference> two = List.of(new Reference(5, 0), new Reference(9, 0));
    pair("state", "refs", state -> state.setReferences(two));
    pair("state", "turns", state -> state.setTurns(3));
    pair("state", "returned", State::pop);
    pair("state", "slots", state -> types(state.own(1), SLOTS, 0, 8, Frame.MISC));
    pair("state", "invalid-slots", state -> types(state.own(1), SLOTS, 0, 8, Frame.INVALID));
    pair("state", "turn", state -> state.own(1).setCallbackDepth(1));
    pair("state", "outer-turn", state -> state.own(0).setCallbackDepth(1));
    pairs.add(new Pair("state", "shared", state(), state()));
    State one = state();
    pairs.add(new Pair("state", "copy", one, one.copy()));
    pairs.add(new Pair("state", "elsewhere", state(), state(callSite + 1, CallbackKind.NONE)));
    pairs.add(new Pair("state", "callback", state(), state(callSite, CallbackKind.SYNC)));
    State entry = State.entry(0, CallbackKind.NONE);
    pairs.add(new Pair("entry", "same", entry, State.entry(0, CallbackKind.NONE)));
    pairs.add(new Pair("entry", "subprogram", entry, State.entry(1, CallbackKind.NONE)));
    pairs.add(new Pair("entry", "timer", entry, State.entry(0, CallbackKind.ASYNC)));
  }

  /** Ids may have other numbers, but must say the same. */
  private void ids() {
    UnaryOperator<Reg> renamed =
        reg ->
            reg.withId(reg.id() == 0 ? 0 : reg.id() + 20)
                .withRefId(reg.refId() == 0 ? 0 : reg.refId() + 20);
    pair(
        "ids",
        "renamed",
        state -> {
          state.replaceAll(renamed);
          state.setReferences(List.of(new Reference(25, 0)));
          state.setLockId(23);
        });
    State one = state();
    State half = one.copy(); // they share the outer frame, whose ids have their old numbers
    for (int r = 0; r < 10; r++) {
      Reg reg = half.frame(1).reg(r);
      half.own(1).setReg(r, reg.withId(reg.id() == 0 ? 0 : reg.id() + 20));
    }
    pairs.add(new Pair("ids", "half-renamed", one, half));
    pair("ids", "renamed-but-refs", state -> state.replaceAll(renamed));
    pair("ids", "one", state -> state.replaceAll(reg -> reg.id() == 8 ? reg.withId(1) : reg));
    pair("ids", "none", state -> state.replaceAll(reg -> reg.id() == 8 ? reg.withId(0) : reg));
    pair(
        "ids",
        "swapped",
        state ->
            state.replaceAll(
                reg -> reg.id() == 3 ? reg.withId(6) : reg.id() == 6 ? reg.withId(3) : reg));
    pair(
        "ids",
        "flat",
        state -> state.replaceAll(reg -> reg.isScalar() ? reg.unlinked() : reg.withId(0)));
    pair(
        "ids",
        "many",
        state -> {
          for (int s = 0; s < 20; s++) {
            spill(state.own(1), SLOTS + s, range(2, 10).withId(100 + s));
          }
        });
  }
}
