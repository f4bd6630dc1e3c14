package dev.sonde.jit.emit;

import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.RingMap;
import dev.sonde.vm.memory.RawMemory;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * The static fields of a written class: maps, rings, and where memory of maps begins. They are
 * filled from outside before anybody can run the class, because an initialiser of its own, with all
 * that it takes to get at class data, would cost 500 bytes and more for each class.
 */
final class ClassFields {
  private static final int PRIVATE = Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC;
  private static final String MAP = "map$";
  private static final String RING = "ring$";
  private static final String ADDRESS = "address$";

  private final List<BpfMap> maps = new ArrayList<>();
  private final List<RingMap> rings = new ArrayList<>();
  private final List<Long> addresses = new ArrayList<>();

  /** Returns the field that holds {@code map}: a static final, a constant to the JVM's compiler. */
  String of(BpfMap map) {
    return MAP + placeOf(map, maps);
  }

  /** Returns the field that holds what reserving in a ring takes: as {@link #of(BpfMap)}. */
  String of(RingMap ring) {
    return RING + placeOf(ring, rings);
  }

  /**
   * Returns the field that holds {@code address}. It is not final on purpose: the JVM's compiler
   * would fold a constant into each access at another offset, as ten bytes of code each, instead of
   * keeping one base in a register.
   */
  String of(long address) {
    return ADDRESS + placeOf(address, addresses);
  }

  private static <T> int placeOf(T what, List<T> all) {
    int at = all.indexOf(what);
    if (at < 0) {
      at = all.size();
      all.add(what);
    }
    return at;
  }

  void declare(ClassVisitor writer) {
    declare(writer, PRIVATE | Opcodes.ACC_FINAL, MAP, Descriptors.MAP, maps.size());
    declare(writer, PRIVATE | Opcodes.ACC_FINAL, RING, Descriptors.RING, rings.size());
    declare(writer, PRIVATE, ADDRESS, "J", addresses.size());
  }

  private static void declare(
      ClassVisitor writer, int access, String name, String descriptor, int count) {
    for (int i = 0; i < count; i++) {
      writer.visitField(access, name + i, descriptor, null, null).visitEnd();
    }
  }

  void fill(Class<?> written) throws NoSuchFieldException {
    fill(written, MAP, maps);
    fill(written, RING, rings.stream().map(RingMap::settledAccess).toList());
    fill(written, ADDRESS, addresses);
    VarHandle.releaseFence(); // before the class is handed to other threads
  }

  private static void fill(Class<?> written, String name, List<?> values)
      throws NoSuchFieldException {
    for (int i = 0; i < values.size(); i++) {
      RawMemory.setStatic(written.getDeclaredField(name + i), values.get(i));
    }
  }
}
