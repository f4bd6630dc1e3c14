package dev.sonde.vm.context;

import org.jspecify.annotations.Nullable;

/**
 * The Java references of one event, as programs see them: opaque 64-bit handles that are good until
 * the event ends.
 *
 * <p>Layout of a handle: {@code u16 table, u40 event sequence, u8 index + 1} from the top; 0 is the
 * null reference. A wrong or stale handle resolves to nothing, also on another carrier, so that a
 * program that keeps one over events can touch no object. Owner thread only.
 */
public final class HandleTable {
  /** The most references that one event can show. */
  public static final int CAPACITY = 254;

  /** What stands for a number that is neither 0 nor a handle, where references are passed. */
  public static final Object NONE = new Object();

  private @Nullable Object[] references = new Object[16];
  private int count;
  private long sequence;

  /**
   * @param number of the table: what its handles are told from those of other tables by
   */
  HandleTable(int number) {
    sequence = (number & 0xffffL) << 40 | 1;
  }

  /** Returns a handle for {@code reference}; 0 when it is null or the table is full. */
  public long add(@Nullable Object reference) {
    if (reference == null || count == CAPACITY) {
      return 0;
    }
    if (count == references.length) {
      references = java.util.Arrays.copyOf(references, Math.min(CAPACITY, count * 2));
    }
    references[count++] = reference;
    return sequence << 8 | count;
  }

  /** Returns the object of {@code handle}, or null when it is of no reference of this event. */
  public @Nullable Object get(long handle) {
    int slot = (int) (handle & 0xff);
    boolean current = handle >>> 8 == sequence && slot >= 1 && slot <= count;
    return current ? references[slot - 1] : null;
  }

  /** Returns the object of {@code handle}, null for 0, and {@link #NONE} where it names nothing. */
  public @Nullable Object resolve(long handle) {
    Object object = get(handle);
    return object == null && handle != 0 ? NONE : object;
  }

  /** Returns {@code reference} if there is an object, null for {@link #NONE}. */
  public static @Nullable Object orNull(@Nullable Object reference) {
    return reference == NONE ? null : reference;
  }

  /** Ends the event: every handle is stale from now on, no object is held any more. */
  public void clear() {
    if (count != 0) {
      java.util.Arrays.fill(references, 0, count, null);
      count = 0;
      sequence++;
    }
  }
}
