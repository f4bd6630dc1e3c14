package dev.sonde.probes.stack;

import dev.sonde.vm.helper.StackHelpers;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.StackMap;
import dev.sonde.vm.stacktrace.FrameTable;
import dev.sonde.vm.stacktrace.StackSource;
import org.jspecify.annotations.Nullable;

/**
 * The Java stack of the current thread, without the frames of Sonde itself: from the raw backtrace
 * of a Throwable where {@link BacktraceLayout} holds, else from its text, about ten times slower.
 */
public final class JavaStackSource implements StackSource {
  /** How deep below the leaf the trampoline is looked for. */
  private static final int OWN_FRAMES = 64;

  /** How many frames a Throwable knows, ours among them: -XX:MaxJavaStackTraceDepth's default. */
  private static final int JVM_DEPTH = 1024;

  private final JavaFrames frames;
  private final ClassTable index = new ClassTable();

  public JavaStackSource(JavaFrames frames) {
    this.frames = frames;
  }

  /** {@inheritDoc} There is no kernel half: asked for it, the answer is -EFAULT. */
  @Override
  public int capture(long[] ids, int skip, boolean user) {
    if (!user) {
      return -Errno.EFAULT;
    }
    Throwable here = new Throwable();
    Object @Nullable [] chunk = BacktraceLayout.isProved() ? BacktraceLayout.first(here) : null;
    int written = chunk != null ? captureRaw(here, chunk, ids, skip) : captureText(here, ids, skip);
    boolean wanted = written > 0 && written < ids.length;
    return wanted && written + skip + OWN_FRAMES >= JVM_DEPTH
        ? captureRest(ids, written, skip)
        : written;
  }

  /**
   * Adds the frames that the JVM has kept no trace of, if there are any: their texts are walked.
   */
  private int captureRest(long[] ids, int known, int skip) {
    int[] written = {known};
    StackWalker.getInstance(StackWalker.Option.SHOW_REFLECT_FRAMES)
        .walk(
            all -> {
              all.dropWhile(frame -> !frame.getClassName().startsWith(ClassFrames.TRAMPOLINES))
                  .skip(1L + skip + known)
                  .limit(ids.length - known)
                  .forEach(frame -> ids[written[0]++] = idOf(frame.toStackTraceElement()));
              return null;
            });
    return written[0];
  }

  private int captureRaw(Throwable here, Object[] first, long[] ids, int skip) {
    int leaf = leafOf(first) + skip;
    int depth = 0; // of the chunk's first frame
    int written = 0;
    StackTraceElement @Nullable [] text = null;
    for (Object[] chunk = first; chunk != null; chunk = BacktraceLayout.next(chunk)) {
      short[] methods = BacktraceLayout.methods(chunk);
      int[] bcis = BacktraceLayout.bcis(chunk);
      Object[] mirrors = BacktraceLayout.mirrors(chunk);
      int i = Math.max(0, leaf - depth);
      while (i < mirrors.length && mirrors[i] != null) {
        Object type = mirrors[i];
        ClassFrames known = index.get((Class<?>) type);
        long[] table = known.table();
        for (; i < mirrors.length && mirrors[i] == type; i++) { // neighbours often share a class
          if (written == ids.length) {
            return written;
          }
          long key = ClassFrames.key(methods[i], bcis[i]);
          long id = ClassFrames.find(table, key);
          if (id == 0) {
            text = text == null ? here.getStackTrace() : text;
            id = intern(text, depth + i);
            if (id != JavaFrames.UNKNOWN) {
              known.add(key, id);
              table = known.table();
            }
          }
          ids[written++] = id;
        }
      }
      depth += mirrors.length;
    }
    return written;
  }

  /** Returns the index of the frame that called the trampoline; 0 when there is no trampoline. */
  private int leafOf(Object[] first) {
    int depth = 0;
    for (Object[] chunk = first;
        chunk != null && depth < OWN_FRAMES;
        chunk = BacktraceLayout.next(chunk)) {
      Object[] mirrors = BacktraceLayout.mirrors(chunk);
      for (int i = 0; i < mirrors.length && mirrors[i] != null; i++) {
        if (!isAbove(mirrors[i]) && index.get((Class<?>) mirrors[i]).isTrampoline()) {
          return depth + i + 1;
        }
      }
      depth += mirrors.length;
    }
    return 0;
  }

  /** Tells whether {@code type} is one of those that nearly every capture has on top. */
  private static boolean isAbove(Object type) {
    return type == JavaStackSource.class || type == StackMap.class || type == StackHelpers.class;
  }

  /** From the text, which every VM has. */
  int captureText(Throwable here, long[] ids, int skip) {
    StackTraceElement[] text = here.getStackTrace();
    int leaf = 0;
    for (int i = 0; i < Math.min(OWN_FRAMES, text.length) && leaf == 0; i++) {
      leaf = text[i].getClassName().startsWith(ClassFrames.TRAMPOLINES) ? i + 1 : 0;
    }
    int written = 0;
    for (int i = leaf + skip; i < text.length && written < ids.length; i++) {
      ids[written++] = intern(text, i);
    }
    return text.length == 0 ? -Errno.EFAULT : written;
  }

  private long intern(StackTraceElement[] text, int i) {
    if (i >= text.length) {
      return JavaFrames.UNKNOWN;
    }
    return idOf(text[i]);
  }

  private long idOf(StackTraceElement e) {
    int line = e.isNativeMethod() ? -2 : Math.max(0, e.getLineNumber());
    return frames.idOf(
        new FrameTable.Frame(e.getClassName(), e.getMethodName(), e.getFileName(), line));
  }
}
