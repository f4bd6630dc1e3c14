package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;

import dev.sonde.verifier.domain.Scalar;
import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;
import dev.sonde.verifier.transfer.RegText;
import dev.sonde.vm.map.MapFlags;

/** Whether an access stays inside its memory: V-70, V-72, V-74, V-75. */
final class Region {
  private Region() {}

  /**
   * Requires that {@code size} bytes at {@code off} lie in memory of {@code memorySize} bytes,
   * whatever the variable part of the pointer is ({@code check_mem_region_access}).
   *
   * @param off includes the pointer's own fixed offset
   */
  static void requireInside(
      int regno, Reg pointer, int off, long size, long memorySize, boolean zeroOk) {
    Scalar var = pointer.var();
    long low = var.smin() + off;
    if (var.smin() < 0 && low < 0) { // neither is far: arithmetic sees to that
      throw negative(regno);
    }
    if (!isInside(low, size, memorySize, zeroOk)) {
      throw outside(regno, pointer, low, size, memorySize, "min value");
    }
    if (Long.compareUnsigned(var.umax(), PointerArithmetic.MAX_VAR_OFF) >= 0) {
      throw denied(
          "R%d unbounded memory access, make sure to bounds check any such access"
              .formatted(regno));
    }
    long high = var.umax() + off;
    if (!isInside(high, size, memorySize, zeroOk)) {
      throw outside(regno, pointer, high, size, memorySize, "max value");
    }
  }

  private static boolean isInside(long off, long size, long memorySize, boolean zeroOk) {
    boolean sizeOk = size > 0 || size == 0 && zeroOk;
    return off >= 0 && sizeOk && off + size <= memorySize;
  }

  private static RuntimeException negative(int regno) {
    return denied(
        "R%d min value is negative, either use unsigned index or do a if (index >=0) check."
            .formatted(regno));
  }

  private static RuntimeException outside(
      int regno, Reg pointer, long off, long size, long memorySize, String which) {
    return denied(
        detail(regno, pointer, off, size, memorySize)
            + "\nR%d %s is outside of the allowed memory range".formatted(regno, which));
  }

  private static String detail(int regno, Reg pointer, long off, long size, long memorySize) {
    return switch (pointer.kind()) {
      case MAP_KEY ->
          "invalid access to map key, key_size=%d off=%d size=%d".formatted(memorySize, off, size);
      case MAP_VALUE ->
          "invalid access to map value, value_size=%d off=%d size=%d"
              .formatted(memorySize, off, size);
      case PACKET, PACKET_META ->
          "invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)"
              .formatted(off, size, regno, pointer.id(), off, memorySize);
      default ->
          "invalid access to memory, mem_size=%d off=%d size=%d".formatted(memorySize, off, size);
    };
  }

  /** Requires that a comparison with the packet's end has proved the bytes (V-74). */
  static void requireInPacket(int regno, Reg pointer, int off, long size, boolean zeroOk) {
    if (pointer.var().smin() < 0) {
      throw negative(regno);
    }
    if (pointer.extra() < 0 || !isInside(off, size, pointer.extra(), zeroOk)) {
      throw denied(
          detail(regno, pointer, off, size, pointer.extra())
              + "\nR%d offset is outside of the packet".formatted(regno));
    }
  }

  static void requireMapPermits(Reg pointer, int off, long size, boolean write) {
    boolean forbidden =
        write
            ? pointer.spec().programsOnlyRead()
            : (pointer.spec().flags() & MapFlags.WRONLY_PROG) != 0;
    if (forbidden) {
      throw denied(
          "%s forbidden, value_size=%d off=%d size=%d"
              .formatted(
                  write ? "write into map" : "read from map",
                  pointer.spec().valueSizeBytes(),
                  off,
                  size));
    }
  }

  /** Requires natural alignment: of the stack always, of all else where {@code strict}. */
  static void requireAligned(Reg pointer, int off, int size, boolean strict) {
    boolean stack = pointer.kind() == RegKind.STACK;
    if (!stack && !strict || size == 1) {
      return;
    }
    Scalar var = pointer.var();
    long fixed = (long) pointer.off() + off;
    boolean aligned = (var.bits().mask() & size - 1) == 0;
    if (!aligned || (var.bits().value() + fixed & size - 1) != 0) {
      throw denied(
          "misaligned %saccess off %s+%d+%d size %d"
              .formatted(description(pointer), RegText.tnum(var.bits()), pointer.off(), off, size));
    }
  }

  private static String description(Reg pointer) {
    return switch (pointer.kind()) {
      case STACK -> "stack ";
      case MAP_VALUE -> "value ";
      case MAP_KEY -> "key ";
      case CTX -> "context ";
      case PACKET, PACKET_META -> "packet ";
      default -> "";
    };
  }

  /** Requires a pointer as it was handed out: no fixed offset, no variable one. */
  static void requireUnmoved(int regno, Reg pointer) {
    String type = pointer.typeText();
    if (pointer.off() < 0) {
      throw denied(
          "negative offset %s ptr R%d off=%d disallowed".formatted(type, regno, pointer.off()));
    }
    if (pointer.off() != 0) {
      throw denied(
          "dereference of modified %s ptr R%d off=%d disallowed"
              .formatted(type, regno, pointer.off()));
    }
    if (pointer.var().umax() != 0) {
      throw denied(
          "variable %s access var_off=%s disallowed"
              .formatted(type, RegText.tnum(pointer.var().bits())));
    }
  }
}
