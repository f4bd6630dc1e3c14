package dev.sonde.jit.emit;

import dev.sonde.vm.map.BpfMap;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/** What the functions of a class ask it to have besides themselves. */
final class ClassData {
  /** {@code (slot, frame, turns, callback, context, flags)}. */
  static final String LOOP_DESCRIPTOR = "(" + Descriptors.SLOT + "JJJJJ)J";

  /** {@code (slot, frame, function, r1, r2, r3, r4)}. */
  static final String DISPATCH_DESCRIPTOR = "(" + Descriptors.SLOT + "JJJJJJ)J";

  static final String DISPATCH = "callback$";

  private final String owner;
  private final List<BpfMap> maps = new ArrayList<>();
  private final List<Long> addresses = new ArrayList<>();
  private final TreeSet<Integer> loops = new TreeSet<>();
  private boolean dispatches;

  ClassData(String owner) {
    this.owner = owner;
  }

  /** Returns the static field that holds {@code map}. */
  String mapField(BpfMap map) {
    int at = maps.indexOf(map);
    if (at < 0) {
      at = maps.size();
      maps.add(map);
    }
    return "map$" + at;
  }

  /**
   * Returns the static field that holds {@code address}. It is not final on purpose: the JVM's
   * compiler would fold a constant into each access at another offset, as ten bytes of code each,
   * instead of keeping one base in a register.
   */
  String addressField(long address) {
    int at = addresses.indexOf(address);
    if (at < 0) {
      at = addresses.size();
      addresses.add(address);
    }
    return "address$" + at;
  }

  List<Long> addresses() {
    return addresses;
  }

  List<BpfMap> maps() {
    return maps;
  }

  /** Returns the method that runs bpf_loop over the function at {@code entry}; -1: over any. */
  String loopMethod(int entry) {
    loops.add(entry);
    dispatches |= entry < 0;
    return loopName(entry);
  }

  static String loopName(int entry) {
    return entry < 0 ? "loop$" : "loop$" + entry;
  }

  Iterable<Integer> loops() {
    return loops;
  }

  boolean dispatches() {
    return dispatches;
  }

  /** Returns the constant of the class that is being written. */
  Type ownClass() {
    return Type.getObjectType(owner);
  }

  /** Pushes a handle of the method that calls a function by its number. */
  void pushDispatcher(Code code) {
    dispatches = true;
    code.constant(new Handle(Opcodes.H_INVOKESTATIC, owner, DISPATCH, DISPATCH_DESCRIPTOR, false));
  }
}
