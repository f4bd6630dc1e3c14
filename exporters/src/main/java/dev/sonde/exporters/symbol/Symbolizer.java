package dev.sonde.exporters.symbol;

import dev.sonde.vm.stacktrace.FrameTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Names frame ids: Java frames by the probes' table, addresses by a source of native symbols. Ids
 * are symbolized when a stack is shown, never when it is taken, and at most once.
 */
public final class Symbolizer {
  /** Names of native and kernel addresses; null for an address that it does not know. */
  @FunctionalInterface
  public interface NativeSymbols {
    NativeSymbols NONE = address -> null;

    @Nullable Frame frame(long address);
  }

  private static final int MAX_CACHED = 1 << 17; // frames; a cache that is full is dropped

  private final FrameTable javaFrames;
  private final NativeSymbols nativeSymbols;
  private final Map<Long, Frame> cache = new ConcurrentHashMap<>();

  public Symbolizer(FrameTable javaFrames, NativeSymbols nativeSymbols) {
    this.javaFrames = javaFrames;
    this.nativeSymbols = nativeSymbols;
  }

  /** Returns the frames of {@code ids}, in their order; an id of 0 ends the stack. */
  public List<Frame> frames(long[] ids) {
    List<Frame> frames = new ArrayList<>(ids.length);
    for (long id : ids) {
      if (id == 0) {
        break;
      }
      frames.add(frame(id));
    }
    return frames;
  }

  private Frame frame(long id) {
    Frame known = cache.get(id);
    if (known != null) {
      return known;
    }
    if (cache.size() >= MAX_CACHED) {
      cache.clear();
    }
    Frame named = FrameTable.isJava(id) ? javaFrame(id) : nativeFrame(id);
    cache.put(id, named);
    return named;
  }

  private Frame javaFrame(long id) {
    FrameTable.Frame frame = javaFrames.frame(id);
    if (frame == null) {
      return new Frame(Frame.Kind.JAVA, "[unknown Java frame]", null, 0);
    }
    String function =
        frame.className().isEmpty()
            ? frame.methodName()
            : frame.className() + "." + frame.methodName();
    Frame.Kind kind =
        switch (frame.tier()) {
          case UNKNOWN, COMPILED -> Frame.Kind.JAVA;
          case INLINED -> Frame.Kind.INLINED;
          case INTERPRETED -> Frame.Kind.INTERPRETED;
          case STUB -> Frame.Kind.NATIVE;
        };
    return new Frame(kind, function, frame.fileName(), Math.max(frame.line(), 0));
  }

  private Frame nativeFrame(long address) {
    Frame frame = nativeSymbols.frame(address);
    if (frame != null) {
      return frame;
    }
    Frame.Kind kind = address < 0 ? Frame.Kind.KERNEL : Frame.Kind.NATIVE;
    return new Frame(kind, "0x" + Long.toHexString(address), null, 0);
  }
}
