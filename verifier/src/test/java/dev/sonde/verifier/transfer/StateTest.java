package dev.sonde.verifier.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.domain.ScalarDomain;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** States share what nobody changes, and nothing else; registers say what they are. */
class StateTest {
  private static final ScalarDomain DOMAIN = ScalarDomain.LINUX;
  private static final Reg ONE = Reg.constant(1);
  private static final Reg TWO = Reg.constant(2);

  private static State state() {
    State state = State.entry(0, CallbackKind.NONE);
    state.push(Frame.enter(1, 1, 4, CallbackKind.SYNC));
    for (int f = 0; f < 2; f++) {
      state.own(f).setReg(3, ONE);
      state.own(f).setSpill(2, ONE);
      state.own(f).setType(23, Frame.SPILL);
    }
    return state;
  }

  @Test
  void aChangeOfACopyChangesNothingElse() {
    for (int f = 0; f < 2; f++) {
      State before = state();
      State after = before.copy();
      assertSame(before.frame(f), after.frame(f));
      after.own(f).setReg(3, TWO);
      after.own(f).setSpill(2, TWO);
      after.own(f).setType(23, Frame.MISC);
      after.own(f).setCallbackDepth(2);
      assertNotSame(before.frame(f), after.frame(f));
      assertEquals(ONE, before.frame(f).reg(3));
      assertEquals(ONE, before.frame(f).spill(2));
      assertTrue(before.frame(f).isSpill(2));
      assertEquals(0, before.frame(f).callbackDepth());
      assertEquals(2, after.frame(f).copy().callbackDepth());
      assertSame(after.own(f), after.own(f));
    }
    State original = state();
    State copy = original.copy();
    original.setReg(3, TWO);
    assertEquals(ONE, copy.reg(3));
  }

  @Test
  void aCopyHasAllThatTheOriginalHas() {
    State state = state();
    state.setReferences(List.of(new Reference(5, 1)));
    state.setLockId(6);
    state.setTurns(7);
    state.setCallbackDepth(8);
    State copy = state.copy();
    assertEquals(List.of(new Reference(5, 1)), copy.references());
    assertEquals(6, copy.lockId());
    assertEquals(7, copy.turns());
    assertEquals(8, copy.callbackDepth());
    assertEquals(2, copy.depth());
    assertEquals(1, copy.current());
    copy.pop();
    assertEquals(1, copy.depth());
    assertEquals(2, state.depth());
    assertEquals(1, state.frame().subprogram());
    assertEquals(4, state.frame().callSite());
  }

  /** Registers only, slots only, and both, in either frame. */
  @Test
  void replacingChangesEveryPlaceOfThisStateAlone() {
    for (int f = 0; f < 2; f++) {
      for (boolean inSlot : new boolean[] {false, true}) {
        State state = state();
        state.own(f).setReg(3, inSlot ? ONE : TWO);
        state.own(f).setSpill(2, inSlot ? TWO : ONE);
        State copy = state.copy();
        Reg three = Reg.constant(3);
        copy.replaceAll(reg -> reg.isConstant(2) ? three : reg);
        assertEquals(inSlot ? ONE : three, copy.frame(f).reg(3));
        assertEquals(inSlot ? three : ONE, copy.frame(f).spill(2));
        assertEquals(inSlot ? ONE : TWO, state.frame(f).reg(3));
        assertEquals(inSlot ? TWO : ONE, state.frame(f).spill(2));
        assertSame(copy.frame(1 - f), state.frame(1 - f));
      }
    }
    State state = state();
    state.setReg(0, ONE);
    state.setReg(9, ONE);
    state.own(1).setSpill(0, ONE);
    List<Reg> asked = new ArrayList<>();
    State copy = state.copy();
    copy.replaceAll(
        reg -> {
          asked.add(reg);
          return reg.isConstant(1) ? TWO : reg;
        });
    for (int r : new int[] {0, 3, 9}) {
      assertEquals(TWO, copy.reg(r));
    }
    assertEquals(TWO, copy.frame(1).spill(0));
    assertEquals(TWO, copy.frame(1).spill(2));
    assertEquals(20 + 3, asked.size(), "registers of both frames and what is in slots");
    state.replaceAll(reg -> reg.kind() == RegKind.STACK ? ONE : reg);
    assertEquals(RegKind.STACK, state.reg(10).kind(), "r10 is nobody's to replace");
  }

  @Test
  void aSlotHasEightBytes() {
    Frame frame = Frame.enter(0, 0, -1, CallbackKind.NONE);
    assertEquals(0, frame.slots());
    assertEquals(Frame.INVALID, frame.type(77));
    assertEquals(Reg.NOT_INIT, frame.spill(5));
    assertEquals(0, frame.types(5));
    frame.setType(8 + 3, Frame.MISC);
    assertEquals(2, frame.slots());
    assertEquals((long) Frame.MISC << 24, frame.types(1));
    assertEquals(Frame.MISC, frame.type(11));
    assertEquals(Frame.INVALID, frame.type(10));
    assertEquals(Reg.NOT_INIT, frame.spill(1));
    frame.setSpill(3, ONE);
    assertEquals(4, frame.slots());
    assertEquals(Frame.MISC, frame.type(11));
    frame.setType(11, Frame.ZERO);
    assertEquals(Frame.ZERO, frame.type(11));
    for (int j = 0; j < Frame.SLOT_BYTES; j++) {
      Frame one = Frame.enter(0, 0, -1, CallbackKind.NONE);
      one.setType(8 + j, Frame.SPILL);
      assertTrue(one.hasSpill(1), "byte " + j);
      assertFalse(one.hasSpill(0));
      assertEquals(j == 7, one.isSpill(1));
      assertFalse(one.isFullSpill(1));
      one.setType(8, Frame.SPILL);
      assertEquals(j == 7, one.isFullSpill(1));
      one.setType(8 + j, Frame.DYNPTR);
      assertEquals(j == 7, one.isObject(1));
      one.setType(8 + j, Frame.ITER);
      assertEquals(j == 7, one.isObject(1));
      one.setType(8 + j, Frame.MISC);
      assertFalse(one.isObject(1));
    }
  }

  @Test
  void ofWhatAComparisonProvedMoreHoldsForLess() {
    int[] proved = {0, 3, 7, -1, -2};
    boolean[][] holds = {
      {true, true, true, false, false},
      {false, true, true, false, false},
      {false, false, true, false, false},
      {false, false, false, true, false},
      {false, false, false, false, true}
    };
    Reg packet = Reg.pointer(RegKind.PACKET);
    for (int i = 0; i < proved.length; i++) {
      for (int j = 0; j < proved.length; j++) {
        Reg one = packet.withExtra(proved[i]);
        assertEquals(holds[i][j], one.provesNoMoreThan(packet.withExtra(proved[j])), i + " " + j);
      }
    }
  }

  @Test
  void aRegisterSaysWhatItIs() {
    for (long value : new long[] {-130, -129, -128, -127, 0, 127, 128, 129, 1L << 40}) {
      assertTrue(Reg.constant(value).isConstant(value) && Reg.constant(value).isConstant());
      assertFalse(Reg.constant(value).isConstant(value + 1));
      assertEquals(value, Reg.constant(value).var().value());
    }
    assertFalse(Reg.pointer(RegKind.CTX).isConstant(0) || Reg.pointer(RegKind.CTX).isConstant());
    assertFalse(Reg.UNKNOWN.isConstant(0) || Reg.UNKNOWN.isConstant());
    assertTrue(Reg.UNKNOWN.isScalar() && !Reg.UNKNOWN.isPointer());
    assertFalse(Reg.NOT_INIT.isScalar() || Reg.NOT_INIT.isPointer());
    assertTrue(Reg.pointer(RegKind.CTX).isPointer());
    assertTrue(Reg.UNKNOWN.withFlags(Reg.MAYBE_NULL).maybeNull() && !Reg.UNKNOWN.maybeNull());
    assertEquals(64, Reg.UNKNOWN.widthBits());
    assertEquals(0, Reg.constant(0).widthBits());
    assertEquals(8, Reg.constant(200).widthBits());
    assertEquals(5, ONE.withId(5 | Reg.ADD_CONST).baseId());
    assertEquals(5, ONE.withId(5 | Reg.ADD_CONST32).baseId());
    assertEquals(0, ONE.withId(5).distance());
    assertEquals(Reg.ADD_CONST, ONE.withId(5 | Reg.ADD_CONST).distance());
    assertEquals(Reg.ADD_CONST32, ONE.withId(5 | Reg.ADD_CONST32).distance());
  }

  @Test
  void aNumberWithoutItsLinkHasNoDistanceEither() {
    Reg linked = ONE.withId(5 | Reg.ADD_CONST).withOff(4).withRefId(3);
    assertEquals(ONE.withRefId(3), linked.unlinked());
    assertEquals(ONE, ONE.withOff(4).unlinked());
    assertEquals(ONE, ONE.withId(4).withFlags(Reg.SHIFTED).unlinked());
    Reg untrusted = ONE.withFlags(Reg.UNTRUSTED);
    assertEquals(untrusted, untrusted.unlinked());
    assertEquals(ONE, untrusted.plain());
    assertEquals(linked, linked.plain());
    assertEquals(linked, linked.withFlags(Reg.UNTRUSTED).plain());
    assertEquals(ONE.withRefId(3), linked.withFlags(Reg.SHIFTED).plain());
    assertSame(ONE, ONE.withId(0));
    assertSame(ONE, ONE.withVar(ONE.var()));
    assertEquals(TWO, ONE.withVar(TWO.var()));
  }

  @Test
  void aPointerIntoAMapKnowsItsShape() {
    MapSpec spec = MapSpec.of("m", MapType.ARRAY, 4, 64, 1);
    BpfMap map = Maps.create(spec);
    Reg known = Reg.pointer(RegKind.MAP_VALUE, 0, map);
    assertSame(map, known.knownMap());
    assertEquals(spec, known.spec());
    Reg inner = Reg.pointer(RegKind.MAP_PTR, 1, new InnerMap(spec));
    assertNull(inner.knownMap());
    assertEquals(spec, inner.spec());
    assertEquals(
        "CTX has no map",
        assertThrows(IllegalStateException.class, Reg.pointer(RegKind.CTX)::spec).getMessage());
  }

  private static String text(Reg reg) {
    return RegText.of(reg, 0);
  }

  /** As Linux 6.18 writes them. */
  @Test
  void registersReadAsInTheKernelsLog() {
    assertEquals("-65535", text(Reg.constant(-65535)));
    assertEquals("0xffffffffffff0000", text(Reg.constant(-65536)));
    assertEquals("65535", text(Reg.constant(65535)));
    assertEquals("0x10000", text(Reg.constant(65536)));
    assertEquals("scalar()", text(Reg.UNKNOWN));
    assertEquals("scalar(id=5+4)", text(Reg.UNKNOWN.withId(5 | Reg.ADD_CONST).withOff(4)));
    assertEquals("scalar(id=5-4)", text(Reg.UNKNOWN.withId(5 | Reg.ADD_CONST).withOff(-4)));
    assertEquals("scalar(id=5+4)", text(Reg.UNKNOWN.withId(5 | Reg.ADD_CONST32).withOff(4)));
    assertEquals("fp-8", text(Reg.pointer(RegKind.STACK).withOff(-8)));
    assertEquals("fp[1]-8", text(Reg.pointer(RegKind.STACK, 1, null).withOff(-8)));
    Reg moved = Reg.pointer(RegKind.STACK).withOff(-16).withVar(DOMAIN.unsigned(0, 7));
    assertEquals(
        "fp(off=-16,smin=smin32=0,smax=umax=smax32=umax32=7,var_off=(0x0; 0x7))", text(moved));
    assertEquals("fp-12", text(moved.withVar(DOMAIN.constant(4))));
    MapSpec spec = MapSpec.of("m", MapType.ARRAY, 4, 64, 1);
    Reg value = Reg.pointer(RegKind.MAP_VALUE, 0, new InnerMap(spec));
    assertEquals("map_value(map=m,ks=4,vs=64)", text(value));
    assertEquals(
        "map_value_or_null(id=3,ref_obj_id=4,map=m,ks=4,vs=64,off=8,imm=2)",
        text(
            value
                .withFlags(Reg.MAYBE_NULL)
                .withId(3)
                .withRefId(4)
                .withOff(8)
                .withVar(DOMAIN.constant(2))));
    assertEquals("pkt(off=2,r=8)", text(Reg.pointer(RegKind.PACKET, 8, null).withOff(2)));
    assertEquals("pkt(r=0xffffffffffffffff)", text(Reg.pointer(RegKind.PACKET, -1, null)));
    assertEquals(
        "rdonly_ringbuf_untrusted_mem(sz=32)",
        text(
            Reg.pointer(RegKind.MEM, 32, null)
                .withFlags(Reg.RDONLY | Reg.RINGBUF | Reg.UNTRUSTED)));
    Reg typed = Reg.pointer(RegKind.BTF_ID, 0, "task_struct");
    assertEquals("ptr_task_struct()", text(typed));
    assertEquals("ptr_or_null_task_struct(id=2)", text(typed.withFlags(Reg.MAYBE_NULL).withId(2)));
    assertEquals("scalar(smin=smin32=-5,smax=smax32=3)", text(Reg.scalar(DOMAIN.signed(-5, 3))));
    assertEquals("(0x1; 0x6)", RegText.tnum(new dev.sonde.verifier.domain.Tnum(1, 6)));
    assertEquals("0x10000", RegText.tnum(new dev.sonde.verifier.domain.Tnum(65536, 0)));
    assertEquals("7", RegText.tnum(new dev.sonde.verifier.domain.Tnum(7, 0)));
  }

  @Test
  void aStateReadsAsInTheKernelsLog() {
    State state = state();
    state.setReferences(List.of(new Reference(5, 1), new Reference(7, 1)));
    Frame frame = state.own(1);
    for (int j = 0; j < 8; j++) {
      frame.setType(j, j < 4 ? Frame.MISC : Frame.ZERO);
      frame.setType(16 + j, Frame.SPILL);
      frame.setType(32 + j, Frame.DYNPTR);
      frame.setType(40 + j, Frame.DYNPTR);
      frame.setType(48 + j, Frame.ITER);
    }
    frame.setType(24 + 7, Frame.SPILL);
    frame.setType(24, Frame.MISC);
    frame.setSpill(3, TWO);
    frame.setSpill(4, Reg.pointer(RegKind.DYNPTR, 0, "ringbuf").withRefId(5));
    frame.setSpill(5, frame.spill(4).withFlags(Reg.FIRST));
    frame.setSpill(6, Reg.pointer(RegKind.ITERATOR, 0, "num").withFlags(Reg.FIRST).withRefId(7));
    assertEquals(
        " frame1: R3=1 R10=fp0 fp-8=mmmm0000 fp-24=1 fp-32=m??????2"
            + " fp-48=dynptr_ringbuf(ref_id=5) fp-56=iter_num(ref_id=7,state=drained)"
            + " refs=5,7 cb",
        state.text(1, -1, -1L));
    assertEquals(" frame1: R3=1 refs=5,7 cb", state.text(1, 1 << 3, 0));
    assertEquals(" frame1: fp-24=1 refs=5,7 cb", state.text(1, 0, 1 << 2));
    frame.setSpill(6, frame.spill(6).withFlags(Reg.FIRST | Reg.ACTIVE));
    frame.setSpill(5, frame.spill(5).withRefId(0));
    assertEquals(
        " frame1: fp-48=dynptr_ringbuf fp-56=iter_num(ref_id=7,state=active) refs=5,7 cb",
        state.text(1, 0, 1 << 5 | 1 << 6 | 1 << 4));
    assertEquals(" R10=fp0 async_cb", State.entry(0, CallbackKind.ASYNC).text(0, -1, -1L));
    assertEquals(" R3=1 R10=fp0 fp-24=???????1 refs=5,7", state.text(0, -1, -1L));
  }
}
