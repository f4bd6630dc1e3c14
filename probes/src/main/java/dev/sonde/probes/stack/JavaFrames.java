package dev.sonde.probes.stack;

import dev.sonde.vm.stacktrace.FrameTable;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The Java frames and methods that events have named so far, each once. It only grows, by at most
 * the lines of code that were seen running; past {@link #CAPACITY} new frames have no id.
 */
public final class JavaFrames implements FrameTable {
  /** What an id costs is about 100 bytes: this bounds the table to some 200 MB. */
  static final int CAPACITY = 1 << 21;

  /** The id of frames that came when the table was full: of no frame. */
  static final long UNKNOWN = JAVA_FRAME | 0x3fff_ffffL;

  private final ConcurrentHashMap<Frame, Long> ids = new ConcurrentHashMap<>();
  private volatile @Nullable Frame[] frames = new Frame[1024];
  private int count; // guarded by ids' bin of the frame that is added, and by this

  @Override
  public @Nullable Frame frame(long id) {
    long index = id ^ JAVA_FRAME;
    @Nullable Frame[] table = frames;
    return index >= 0 && index < table.length ? table[(int) index] : null;
  }

  /** Returns the id of a frame, the same for equal frames. */
  public long idOf(Frame frame) {
    Long known = ids.get(frame);
    return known != null ? known : add(frame);
  }

  /** Returns the id of a method as a whole: a frame without a line. */
  public long idOfMethod(String className, String methodName) {
    return idOf(new Frame(className, methodName, null, 0));
  }

  private synchronized long add(Frame frame) {
    Long known = ids.get(frame);
    if (known != null || count == CAPACITY) {
      return known != null ? known : UNKNOWN;
    }
    @Nullable Frame[] table = frames;
    if (count == table.length) {
      table = Arrays.copyOf(table, count * 2);
    }
    table[count] = frame;
    frames = table; // volatile: a reader that has the id sees the frame
    long id = JAVA_FRAME | count++;
    ids.put(frame, id);
    return id;
  }
}
