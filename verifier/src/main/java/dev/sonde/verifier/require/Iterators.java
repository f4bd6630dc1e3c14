package dev.sonde.verifier.require;

import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.helper.HelperProto;

/**
 * Open-coded iterators ({@code process_iter_next_call}, Linux 6.18): new, next until null, destroy
 * (V-132). What kind of iterator a kfunc works on is in its name.
 */
final class Iterators {
  private static final String PREFIX = "bpf_iter_";
  private static final int ELEMENT_BYTES = 4;

  private Iterators() {}

  /** Returns "num" of bpf_iter_num_new. */
  private static String type(HelperProto kfunc) {
    String name = kfunc.name();
    return name.substring(PREFIX.length(), name.lastIndexOf('_'));
  }

  /** {@code struct bpf_iter_bits} is two words long. */
  private static int slots(String type) {
    return type.equals("bits") ? 2 : 1;
  }

  static void requireRoom(StackObjects objects, int regno, int index, HelperProto kfunc) {
    objects.requireIteratorRoom(regno, index, type(kfunc), slots(type(kfunc)));
  }

  static Reg require(StackObjects objects, int regno, int index, HelperProto kfunc) {
    return objects.requireIterator(regno, index, type(kfunc), slots(type(kfunc)));
  }

  static void create(StackObjects objects, Reg at, HelperProto kfunc) {
    objects.createIterator(at, type(kfunc), slots(type(kfunc)));
  }

  /** Returns the address of the element, which lies in the iterator itself, where there is one. */
  static Reg element(Step step, Reg iterator) {
    step.newId(); // the kernel numbers a null check that it then makes itself
    return Reg.pointer(RegKind.MEM, ELEMENT_BYTES, null)
        .withFlags(Reg.RDONLY)
        .withRefId(iterator.refId());
  }

  /** Goes on without an element, and if there may be one then with it, too: a turn of the loop. */
  static void next(Step step, Reg at, Reg iterator) {
    State drained = step.state();
    int slots = slots(String.valueOf(iterator.of()));
    if (iterator.has(Reg.ACTIVE)) {
      State turn = drained.copy();
      turn.setTurns(turn.turns() + 1);
      step.path().loopBranch(turn, step.at() + 1, step.at());
    }
    StackObjects.setIterator(drained, at, iterator.withFlags(0), slots);
    drained.setReg(0, Reg.constant(0));
  }
}
