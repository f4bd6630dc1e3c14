package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.context.HandleTable;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.lang.reflect.Array;
import org.jspecify.annotations.Nullable;

/**
 * What programs may ask of any object that a handle names. A handle of nothing is -EINVAL; no code
 * of the application is run. Each comes twice: for a handle, and for the object that an engine has
 * at hand.
 */
public final class JavaObjectKfuncs {
  private static final long MESSAGE = RawMemory.fieldOffset(Throwable.class, "detailMessage");

  private JavaObjectKfuncs() {}

  /** Writes the name of the object's class, as {@link Class#getName} has it. */
  public static long sondeJavaClassName(
      CarrierSlot slot, long handle, long toAddress, long sizeBytes) {
    return sondeJavaClassName(slot.handles().get(handle), toAddress, sizeBytes);
  }

  public static long sondeJavaClassName(@Nullable Object given, long toAddress, long sizeBytes) {
    Object object = HandleTable.orNull(given);
    return JavaKfuncs.string(
        object == null ? null : object.getClass().getName(), toAddress, sizeBytes);
  }

  /** Returns what tells an object from others: the same for its life, 31 bits, not unique. */
  public static long sondeJavaIdentityHash(CarrierSlot slot, long handle) {
    return sondeJavaIdentityHash(slot.handles().get(handle));
  }

  public static long sondeJavaIdentityHash(@Nullable Object given) {
    Object object = HandleTable.orNull(given);
    return object == null ? -Errno.EINVAL : System.identityHashCode(object);
  }

  /** Returns how many elements an array has; -EINVAL of what is no array. */
  public static long sondeJavaArrayLength(CarrierSlot slot, long handle) {
    return sondeJavaArrayLength(slot.handles().get(handle));
  }

  public static long sondeJavaArrayLength(@Nullable Object object) {
    return object != null && object.getClass().isArray() ? Array.getLength(object) : -Errno.EINVAL;
  }

  /**
   * Stores an element's bits, or its handle.
   *
   * @return 0, -EINVAL of what is no array, -ERANGE of no element of it
   */
  public static long sondeJavaArrayGet(CarrierSlot slot, long handle, long index, long toAddress) {
    return sondeJavaArrayGet(slot, slot.handles().get(handle), index, toAddress);
  }

  public static long sondeJavaArrayGet(
      CarrierSlot slot, @Nullable Object array, long index, long toAddress) {
    RawMemory.putLong(toAddress, 0);
    if (array == null || !array.getClass().isArray()) {
      return -Errno.EINVAL;
    }
    if (index < 0 || index >= Array.getLength(array)) {
      return -Errno.ERANGE;
    }
    RawMemory.putLong(toAddress, element(slot, array, (int) index));
    return 0;
  }

  private static long element(CarrierSlot slot, Object array, int index) {
    if (array instanceof Object[] references) {
      return slot.handles().add(references[index]);
    }
    if (array instanceof boolean[] booleans) {
      return booleans[index] ? 1 : 0;
    }
    if (array instanceof float[] floats) {
      return Float.floatToRawIntBits(floats[index]) & 0xffff_ffffL;
    }
    if (array instanceof double[] doubles) {
      return Double.doubleToRawLongBits(doubles[index]);
    }
    if (array instanceof char[] chars) {
      return chars[index];
    }
    return integer(array, index);
  }

  private static long integer(Object array, int index) {
    if (array instanceof byte[] bytes) {
      return bytes[index];
    }
    if (array instanceof short[] shorts) {
      return shorts[index];
    }
    return array instanceof int[] ints ? ints[index] : ((long[]) array)[index];
  }

  /**
   * Writes the message that a Throwable was made with: not what an overridden getMessage() would
   * say, which is code of the application.
   *
   * @return bytes written, 0 when it has none, -EINVAL of what is no Throwable
   */
  public static long sondeJavaExceptionMessage(
      CarrierSlot slot, long handle, long toAddress, long sizeBytes) {
    return sondeJavaExceptionMessage(slot.handles().get(handle), toAddress, sizeBytes);
  }

  public static long sondeJavaExceptionMessage(
      @Nullable Object thrown, long toAddress, long sizeBytes) {
    boolean throwable = thrown instanceof Throwable;
    Object message = throwable && thrown != null ? RawMemory.getReference(thrown, MESSAGE) : null;
    return JavaKfuncs.string(throwable && message == null ? "" : message, toAddress, sizeBytes);
  }

  /** Returns the bytes of heap that the object itself takes, without what it refers to. */
  public static long sondeJavaObjectSize(CarrierSlot slot, long handle) {
    return sondeJavaObjectSize(slot, slot.handles().get(handle));
  }

  public static long sondeJavaObjectSize(CarrierSlot slot, @Nullable Object given) {
    Object object = HandleTable.orNull(given);
    Event event = slot.event();
    return object == null || event == null ? -Errno.EINVAL : event.objectSizeBytes(object);
  }

  /**
   * Stores a field's bits, or its handle. The first time that a class and a name come, who reads it
   * is looked up in another thread, and the answer is -EAGAIN.
   *
   * @param nameAddress a constant string: the field's name, of the class or the nearest superclass
   * @return 0, -EINVAL of no object, -ENOENT of no such instance field, -EAGAIN
   */
  public static long sondeJavaField(
      CarrierSlot slot, long handle, long nameAddress, long toAddress) {
    return sondeJavaField(slot, slot.handles().get(handle), nameAddress, toAddress);
  }

  public static long sondeJavaField(
      CarrierSlot slot, @Nullable Object given, long nameAddress, long toAddress) {
    RawMemory.putLong(toAddress, 0);
    Object object = HandleTable.orNull(given);
    return object == null
        ? -Errno.EINVAL
        : JavaFields.of(object.getClass()).read(slot, object, nameAddress, toAddress);
  }
}
