package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import org.jspecify.annotations.Nullable;

/**
 * What programs may ask of the event's Java references. Each answers -EINVAL to a handle that names
 * none, and runs no code of the application: these are called in the traced thread, perhaps in the
 * middle of a method that holds locks.
 */
public final class JavaKfuncs {
  private JavaKfuncs() {}

  /**
   * Writes the text of a String or StringBuilder as UTF-8, cut at a character border so that its
   * NUL fits.
   *
   * @return bytes written without the NUL, or -EINVAL for a reference of another class (a
   *     StringBuffer too: it would take a lock)
   */
  public static long sondeJavaString(
      CarrierSlot slot, long handle, long toAddress, long sizeBytes) {
    return sondeJavaString(slot.handles().get(handle), toAddress, sizeBytes);
  }

  /** The same for a reference that an engine has at hand. */
  public static long sondeJavaString(@Nullable Object reference, long toAddress, long sizeBytes) {
    return string(reference, toAddress, sizeBytes);
  }

  /** Writes what {@link #sondeJavaString(CarrierSlot, long, long, long)} does. */
  public static long string(@Nullable Object reference, long toAddress, long sizeBytes) {
    if (!(reference instanceof String) && !(reference instanceof StringBuilder)) {
      RawMemory.fill(toAddress, sizeBytes, (byte) 0);
      return -Errno.EINVAL;
    }
    int length = Utf8.write((CharSequence) reference, toAddress, (int) sizeBytes - 1);
    if (length < 0) {
      RawMemory.fill(toAddress, sizeBytes, (byte) 0);
      return -Errno.EINVAL;
    }
    RawMemory.putByte(toAddress + length, (byte) 0);
    return length;
  }
}
