package dev.sonde.probes.stack;

import dev.sonde.vm.memory.SpinLock;
import dev.sonde.vm.memory.StackRoom;
import dev.sonde.vm.stacktrace.FrameTable;
import org.jspecify.annotations.Nullable;

/**
 * The Java frames and methods that events have named so far, each once. It only grows, by at most
 * the lines of code that were seen running; past {@link #CAPACITY} new frames have no id.
 *
 * <p>Asked in traced threads, perhaps virtual ones: no monitor is taken, readers do not wait.
 */
public final class JavaFrames implements FrameTable {
  /** What an id costs is about 100 bytes: this bounds the table to some 200 MB. */
  static final int CAPACITY = 1 << 21;

  /** The id of frames that came when the table was full: of no frame. */
  static final long UNKNOWN = JAVA_FRAME | 0x3fff_ffffL;

  private final SpinLock lock = new SpinLock();
  private volatile Table table = new Table(1024);

  /** Frames by id, and their ids by hash: open addressing, an empty place is 0, else id + 1. */
  private static final class Table {
    final @Nullable Frame[] frames;
    final int[] places;
    volatile int count;

    Table(int capacity) {
      frames = new Frame[capacity];
      places = new int[capacity * 4];
    }

    /** Returns the index of the frame, or -1 less the place where it would go. */
    int find(Frame frame) {
      int place = spread(frame.hashCode()) & places.length - 1;
      while (places[place] != 0) {
        int index = places[place] - 1;
        if (frame.equals(frames[index])) {
          return index;
        }
        place = place + 1 & places.length - 1;
      }
      return -1 - place;
    }

    void put(Frame frame, int place) {
      frames[count] = frame;
      places[place] = count + 1;
      count++;
    }

    Table grown() {
      Table larger = new Table(frames.length * 2);
      for (int i = 0; i < count; i++) {
        Frame frame = frames[i];
        if (frame != null) {
          larger.put(frame, -1 - larger.find(frame));
        }
      }
      return larger;
    }

    private static int spread(int hash) {
      return (hash ^ hash >>> 15) * 0x9E3779B1 >>> 4;
    }
  }

  @Override
  public @Nullable Frame frame(long id) {
    long index = id ^ JAVA_FRAME;
    Table now = table;
    return index >= 0 && index < now.count ? now.frames[(int) index] : null;
  }

  /** Returns the id of a frame, the same for equal frames. */
  public long idOf(Frame frame) {
    int known = table.find(frame); // may miss what is being added: then the lock decides
    if (known >= 0) {
      return JAVA_FRAME | known;
    }
    StackRoom.ensure();
    if (!lock.tryLock()) {
      return UNKNOWN;
    }
    try {
      return idOfLocked(frame);
    } finally {
      lock.unlock();
    }
  }

  /** Returns the id of a method as a whole: a frame without a line. */
  public long idOfMethod(String className, String methodName) {
    return idOf(new Frame(className, methodName, null, 0));
  }

  private long idOfLocked(Frame frame) {
    int found = table.find(frame);
    if (found >= 0) {
      return JAVA_FRAME | found;
    }
    if (table.count == CAPACITY) {
      return UNKNOWN;
    }
    if (table.count == table.frames.length) {
      table = table.grown();
      found = table.find(frame);
    }
    table.put(frame, -1 - found);
    return JAVA_FRAME | table.count - 1;
  }
}
