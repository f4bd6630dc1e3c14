package dev.sonde.vm.memory;

import java.lang.reflect.Field;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import jdk.internal.misc.Unsafe;
import org.jspecify.annotations.Nullable;

/**
 * The one door to memory outside the Java heap: plain, ordered and atomic access by real address.
 *
 * <p>Nothing here checks an address. Whoever calls must hold a proof that the bytes are his: the
 * verifier for programs, the owner of an allocation for everything else; a wrong address ends the
 * JVM. Behind it stands {@code jdk.internal.misc.Unsafe}, which has no deprecation warning on any
 * JDK from 17 to 25; the agent opens it to itself at start ({@code
 * Instrumentation.redefineModule}), tests and the command line by {@code --add-exports}.
 */
public final class RawMemory {
  /** For compiled programs only, which spare the JVM's compiler a call at each access. */
  public static final Unsafe UNSAFE = Unsafe.getUnsafe();

  /** By reflection: the constant is an int on 17 and a long on 25, and linked as one or other. */
  private static final long BYTE_ARRAY_OFFSET = byteArrayOffset();

  private RawMemory() {}

  /** Returns an object of a class that has no constructor, as compiled programs have none. */
  public static <T> T newInstance(Class<T> type) throws InstantiationException {
    return type.cast(UNSAFE.allocateInstance(type));
  }

  /** Sets a static field, also a final one, of a class that nobody runs yet. */
  public static void setStatic(Field field, Object value) {
    Object base = UNSAFE.staticFieldBase(field);
    if (value instanceof Long number) {
      UNSAFE.putLong(base, UNSAFE.staticFieldOffset(field), number);
    } else {
      UNSAFE.putReference(base, UNSAFE.staticFieldOffset(field), value);
    }
  }

  /** Returns the address of {@code sizeBytes} zeroed bytes, aligned to 16. */
  public static long allocateZeroed(long sizeBytes) {
    long address = UNSAFE.allocateMemory(sizeBytes);
    UNSAFE.setMemory(address, sizeBytes, (byte) 0);
    return address;
  }

  /**
   * Returns the address of {@code sizeBytes} bytes of unknown content, aligned to 16. Large blocks
   * cost no pages until they are touched.
   */
  public static long allocate(long sizeBytes) {
    return UNSAFE.allocateMemory(sizeBytes);
  }

  /** Frees what {@link #allocateZeroed} or {@link #allocate} returned; 0 is ignored. */
  public static void free(long address) {
    UNSAFE.freeMemory(address);
  }

  /**
   * Returns a view of the bytes at {@code address}, for code that knows no addresses. It keeps
   * nothing alive: do not use it once the memory is freed.
   */
  public static ByteBuffer asBuffer(long address, int sizeBytes) {
    return DirectBuffers.of(address, sizeBytes);
  }

  /** Returns where the bytes of a direct buffer begin; they live as long as the buffer does. */
  public static long addressOf(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("address: got a buffer on the heap, want a direct one");
    }
    return getLong(buffer, fieldOffset(Buffer.class, "address"));
  }

  public static byte getByte(long address) {
    return UNSAFE.getByte(address);
  }

  public static short getShort(long address) {
    return UNSAFE.getShort(address);
  }

  public static int getInt(long address) {
    return UNSAFE.getInt(address);
  }

  public static long getLong(long address) {
    return UNSAFE.getLong(address);
  }

  public static void putByte(long address, byte value) {
    UNSAFE.putByte(address, value);
  }

  public static void putShort(long address, short value) {
    UNSAFE.putShort(address, value);
  }

  public static void putInt(long address, int value) {
    UNSAFE.putInt(address, value);
  }

  public static void putLong(long address, long value) {
    UNSAFE.putLong(address, value);
  }

  public static int getIntAcquire(long address) {
    return UNSAFE.getIntAcquire(null, address);
  }

  public static long getLongAcquire(long address) {
    return UNSAFE.getLongAcquire(null, address);
  }

  public static void putIntRelease(long address, int value) {
    UNSAFE.putIntRelease(null, address, value);
  }

  public static void putLongRelease(long address, long value) {
    UNSAFE.putLongRelease(null, address, value);
  }

  public static int getIntVolatile(long address) {
    return UNSAFE.getIntVolatile(null, address);
  }

  public static long getLongVolatile(long address) {
    return UNSAFE.getLongVolatile(null, address);
  }

  public static void putIntVolatile(long address, int value) {
    UNSAFE.putIntVolatile(null, address, value);
  }

  public static void putLongVolatile(long address, long value) {
    UNSAFE.putLongVolatile(null, address, value);
  }

  /** Orders the loads before it with the loads and stores after it. */
  public static void loadFence() {
    UNSAFE.loadFence();
  }

  /** Orders all loads and stores before it with all after it. */
  public static void fullFence() {
    UNSAFE.fullFence();
  }

  /** Adds, fully ordered, and returns what was there before; {@code address} is aligned to 4. */
  public static int getAndAddInt(long address, int delta) {
    return UNSAFE.getAndAddInt(null, address, delta);
  }

  /** Adds, fully ordered, and returns what was there before; {@code address} is aligned to 8. */
  public static long getAndAddLong(long address, long delta) {
    return UNSAFE.getAndAddLong(null, address, delta);
  }

  public static int getAndSetInt(long address, int value) {
    return UNSAFE.getAndSetInt(null, address, value);
  }

  public static long getAndSetLong(long address, long value) {
    return UNSAFE.getAndSetLong(null, address, value);
  }

  public static boolean compareAndSetInt(long address, int expected, int value) {
    return UNSAFE.compareAndSetInt(null, address, expected, value);
  }

  public static boolean compareAndSetLong(long address, long expected, long value) {
    return UNSAFE.compareAndSetLong(null, address, expected, value);
  }

  /** Swaps if equal, and returns what was there before either way. */
  public static int compareAndExchangeInt(long address, int expected, int value) {
    return UNSAFE.compareAndExchangeInt(null, address, expected, value);
  }

  /** Swaps if equal, and returns what was there before either way. */
  public static long compareAndExchangeLong(long address, long expected, long value) {
    return UNSAFE.compareAndExchangeLong(null, address, expected, value);
  }

  public static void fill(long address, long sizeBytes, byte value) {
    UNSAFE.setMemory(address, sizeBytes, value);
  }

  public static void copy(long fromAddress, long toAddress, long sizeBytes) {
    UNSAFE.copyMemory(fromAddress, toAddress, sizeBytes);
  }

  /** Copies {@code bytes} to {@code toAddress}. */
  public static void write(long toAddress, byte[] bytes) {
    write(toAddress, bytes, bytes.length);
  }

  /** Copies the first {@code sizeBytes} of {@code bytes} to {@code toAddress}. */
  public static void write(long toAddress, byte[] bytes, int sizeBytes) {
    UNSAFE.copyMemory(bytes, BYTE_ARRAY_OFFSET, null, toAddress, sizeBytes);
  }

  /** Returns a copy of {@code sizeBytes} bytes from {@code fromAddress}. */
  public static byte[] read(long fromAddress, int sizeBytes) {
    byte[] bytes = new byte[sizeBytes];
    UNSAFE.copyMemory(null, fromAddress, bytes, BYTE_ARRAY_OFFSET, sizeBytes);
    return bytes;
  }

  /**
   * Returns the offset of an instance field for {@link #getReference} and {@link #getLong(Object,
   * long)}; fields that reflection hides are found too.
   *
   * @throws InternalError if {@code type} has no such field
   */
  public static long fieldOffset(Class<?> type, String field) {
    return UNSAFE.objectFieldOffset(type, field);
  }

  /** Returns the reference field of {@code object} at {@code offset}, unchecked. */
  public static @Nullable Object getReference(Object object, long offset) {
    return UNSAFE.getReference(object, offset);
  }

  /** Returns the long field of {@code object} at {@code offset}, unchecked. */
  public static long getLong(Object object, long offset) {
    return UNSAFE.getLong(object, offset);
  }

  /** Returns the int field of {@code object} at {@code offset}, unchecked. */
  public static int getInt(Object object, long offset) {
    return UNSAFE.getInt(object, offset);
  }

  /** Returns the short field of {@code object} at {@code offset}, unchecked. */
  public static short getShort(Object object, long offset) {
    return UNSAFE.getShort(object, offset);
  }

  /** Returns the byte field of {@code object} at {@code offset}, unchecked. */
  public static byte getByte(Object object, long offset) {
    return UNSAFE.getByte(object, offset);
  }

  private static long byteArrayOffset() {
    try {
      return ((Number) Unsafe.class.getField("ARRAY_BYTE_BASE_OFFSET").get(null)).longValue();
    } catch (ReflectiveOperationException missing) {
      throw new ExceptionInInitializerError(missing);
    }
  }
}
