package dev.sonde.jit.emit;

import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.RingMap;
import java.util.TreeSet;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/** What the functions of a program ask their class to have besides themselves. */
final class ClassData {
  /** {@code (slot, frame, turns, callback, context, flags)}. */
  static final String LOOP_DESCRIPTOR = "(" + Descriptors.SLOT + "JJJJJ)J";

  /** {@code (slot, frame, function, r1, r2, r3, r4)}. */
  static final String DISPATCH_DESCRIPTOR = "(" + Descriptors.SLOT + "JJJJJJ)J";

  private final String owner;
  private final String program;
  private final ClassFields fields;
  private final TreeSet<Integer> loops = new TreeSet<>();
  private boolean dispatches;

  /**
   * @param owner internal name of the class
   * @param program the name of the program's main method
   */
  ClassData(String owner, String program, ClassFields fields) {
    this.owner = owner;
    this.program = program;
    this.fields = fields;
  }

  void pushMap(Code code, BpfMap map) {
    code.field(fields.of(map), Descriptors.MAP);
  }

  /** Pushes what reserving a record in {@code ring} takes. */
  void pushRing(Code code, RingMap ring) {
    code.field(fields.of(ring), Descriptors.RING);
  }

  /** Pushes the address {@code offsetBytes} behind {@code base}, where a map's memory begins. */
  void pushAddress(Code code, long base, long offsetBytes) {
    code.field(fields.of(base), "J");
    code.add(offsetBytes);
  }

  /** Returns the method that runs bpf_loop over the function at {@code entry}; -1: over any. */
  String loopMethod(int entry) {
    loops.add(entry);
    dispatches |= entry < 0;
    return loopName(entry);
  }

  String loopName(int entry) {
    return entry < 0 ? program + "$loop" : program + "$loop" + entry;
  }

  /** Returns the method that calls a function by its number. */
  String dispatcher() {
    return program + "$callback";
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
    code.constant(
        new Handle(Opcodes.H_INVOKESTATIC, owner, dispatcher(), DISPATCH_DESCRIPTOR, false));
  }
}
