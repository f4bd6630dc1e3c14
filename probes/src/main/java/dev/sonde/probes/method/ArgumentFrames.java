package dev.sonde.probes.method;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Finds the frames of a method that do not have each of its parameters where it was at the entry,
 * though no insn writes there. Two kinds are met: class writers that name what is still used and no
 * more, and code that nothing reaches, which ASM leaves behind as {@code nop} and {@code athrow}
 * under a frame without locals.
 */
final class ArgumentFrames {
  /** A frame that lacks parameters. */
  private record Short(int index, BitSet lost, boolean reached, List<Label> labels) {}

  private final Object[] parameters; // as frames name them
  private final boolean isConstructor;
  private final List<Object> locals; // of the frame that was met last
  private final List<Short> shorts = new ArrayList<>(0);
  private final Set<Label> targets = new HashSet<>();
  private final List<Label> labelsHere = new ArrayList<>();
  private boolean reached = true; // from the insn before
  private int frames;

  ArgumentFrames(WovenMethod method) {
    this.parameters =
        Arrays.stream(method.argumentTypes()).map(OwnLocals::frameType).toArray(Object[]::new);
    this.isConstructor = method.isConstructor();
    this.locals = new ArrayList<>(Arrays.asList(parameters));
  }

  void label(Label label) {
    labelsHere.add(label);
  }

  void leadsTo(Label target) {
    targets.add(target);
  }

  void insn() {
    labelsHere.clear();
    reached = true;
  }

  void end() {
    reached = false;
  }

  /** Takes a frame as ASM visits it, compressed or not. */
  void frame(int type, int count, Object[] local) {
    switch (type) {
      case Opcodes.F_NEW, Opcodes.F_FULL -> {
        locals.clear();
        locals.addAll(Arrays.asList(local).subList(0, count));
      }
      case Opcodes.F_APPEND -> locals.addAll(Arrays.asList(local).subList(0, count));
      case Opcodes.F_CHOP -> locals.subList(locals.size() - count, locals.size()).clear();
      default -> {} // the locals of the frame before
    }
    BitSet lost = lost();
    if (!lost.isEmpty()) {
      shorts.add(new Short(frames, lost, reached, List.copyOf(labelsHere)));
    }
    frames++;
  }

  private BitSet lost() {
    BitSet lost = new BitSet();
    for (int i = 0; i < parameters.length; i++) {
      Object there = i < locals.size() ? locals.get(i) : Opcodes.TOP;
      boolean unborn = i == 0 && isConstructor && there == Opcodes.UNINITIALIZED_THIS;
      lost.set(i, !unborn && !there.equals(parameters[i]));
    }
    return lost;
  }

  /** Once all code was met, returns the numbers of the frames of code that nothing reaches. */
  BitSet deadFrames() {
    BitSet dead = new BitSet();
    shorts.stream().filter(this::isDead).forEach(frame -> dead.set(frame.index));
    return dead;
  }

  /** Once all code was met, returns which parameters code that runs may not have. */
  BitSet lostArguments() {
    BitSet lost = new BitSet();
    shorts.stream().filter(frame -> !isDead(frame)).forEach(frame -> lost.or(frame.lost));
    return lost;
  }

  private boolean isDead(Short frame) {
    return !frame.reached && frame.labels.stream().noneMatch(targets::contains);
  }
}
