package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;
import static dev.sonde.verifier.require.Step.invalid;

import dev.sonde.verifier.transfer.CallbackKind;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.State;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.map.SpecialField.Kind;

/**
 * Spin locks and timers in map values ({@code process_spin_lock}, {@code process_timer_func}, Linux
 * 6.18): V-72, V-104, V-134, V-135.
 */
final class SpecialFields {
  private final Step step;

  SpecialFields(Step step) {
    this.step = step;
  }

  /** Requires that an access to a map value leaves what only helpers may touch alone. */
  static void requireUntouched(Reg pointer, int off, long size) {
    for (SpecialField field : pointer.spec().specialFields()) {
      long low = pointer.var().smin() + off;
      long high = pointer.var().umax() + off + size;
      if (field.overlaps(low, high - low)) {
        throw denied(
            "%s cannot be accessed directly by load/store".formatted(field.kind().structName()));
      }
    }
  }

  private static void requireField(int regno, Reg value, Kind kind) {
    String name = kind.structName();
    MapSpec map = value.spec();
    if (!value.var().isConstant()) {
      throw invalid(
          "R%d doesn't have constant offset. %s has to be at the constant offset"
              .formatted(regno, name));
    }
    if (map.valueTypeId() == 0 && map.specialFields().isEmpty()) {
      throw invalid("map '%s' has to have BTF in order to use %s".formatted(map.name(), name));
    }
    int at = map.offsetOf(kind);
    if (at < 0) {
      throw invalid("map '%s' has no valid %s".formatted(map.name(), name));
    }
    int off = value.off();
    if (off != at) {
      throw invalid("off %d doesn't point to 'struct %s' that is at %d".formatted(off, name, at));
    }
  }

  // ---- spin locks
  // ----------------------------------------------------------------------------------

  /** Tells whether the pointer's id must outlive its null check: it says which lock is meant. */
  static boolean holdsLock(Reg reg) {
    return reg.kind() == RegKind.MAP_VALUE && reg.spec().offsetOf(Kind.SPIN_LOCK) >= 0;
  }

  void lock(int regno) {
    Reg value = step.reg(regno);
    requireField(regno, value, Kind.SPIN_LOCK);
    if (step.state().lockId() != 0) {
      throw invalid("Locking two bpf_spin_locks are not allowed");
    }
    step.state().setLockId(idOf(value));
  }

  void unlock(int regno) {
    Reg value = step.reg(regno);
    requireField(regno, value, Kind.SPIN_LOCK);
    if (step.state().lockId() == 0) {
      throw invalid("bpf_spin_unlock without taking a lock");
    }
    if (step.state().lockId() != idOf(value)) {
      throw invalid("bpf_spin_unlock of different lock");
    }
    step.state().setLockId(0);
  }

  /** A value that was looked up has an id; one that is a variable is known by its map. */
  private int idOf(Reg value) {
    return value.id() != 0 ? value.id() : -1 - step.program().maps().indexOf(value.of());
  }

  static void requireUnlocked(State state, String where) {
    if (state.lockId() != 0) {
      throw invalid(where + " cannot be used inside bpf_spin_lock-ed region");
    }
  }

  // ---- timers
  // --------------------------------------------------------------------------------------

  void timer(int regno) {
    requireField(regno, step.reg(regno), Kind.TIMER);
  }

  /** A timer belongs to the very map that its value was found in. */
  void requireSameMap(Reg timer, Reg map) {
    boolean same = timer.extra() == map.extra() && java.util.Objects.equals(timer.of(), map.of());
    if (!same) {
      throw invalid(
          "timer pointer in R1 map_uid=%d doesn't match map pointer in R2 map_uid=%d"
              .formatted(timer.extra(), map.extra()));
    }
  }

  /** Returns the execution that begins when the timer fires: its function on its own. */
  static State fired(int subprogram, Reg timer) {
    State entry = State.entry(subprogram, CallbackKind.ASYNC);
    entry.setReg(1, Reg.pointer(RegKind.MAP_PTR, timer.extra(), timer.of()));
    entry.setReg(2, Reg.pointer(RegKind.MAP_KEY, 0, timer.of()));
    entry.setReg(3, Reg.pointer(RegKind.MAP_VALUE, timer.extra(), timer.of()));
    return entry;
  }
}
