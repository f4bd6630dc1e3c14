package dev.sonde.probes.stack;

import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * The {@link ClassFrames} by class, which it does not keep alive. ClassValue would do, but takes
 * monitors when a class is new. Readers take no lock; a writer publishes a whole new table, and two
 * at once lose one of two entries, which is made again.
 */
final class ClassTable {
  private volatile @Nullable Entry[] table = new Entry[256];

  private static final class Entry extends WeakReference<Class<?>> {
    final int hash;
    final ClassFrames frames;

    Entry(Class<?> type, int hash, ClassFrames frames) {
      super(type);
      this.hash = hash;
      this.frames = frames;
    }
  }

  ClassFrames get(Class<?> type) {
    int hash = System.identityHashCode(type);
    @Nullable Entry[] entries = table;
    int place = hash & entries.length - 1;
    for (Entry entry = entries[place]; entry != null; entry = entries[place]) {
      if (entry.hash == hash && entry.get() == type) {
        return entry.frames;
      }
      place = place + 1 & entries.length - 1;
    }
    return add(type, hash);
  }

  private ClassFrames add(Class<?> type, int hash) {
    Entry added = new Entry(type, hash, new ClassFrames(type));
    @Nullable Entry[] old = table;
    int live = 1;
    for (Entry entry : old) {
      live += entry != null && entry.get() != null ? 1 : 0;
    }
    @Nullable Entry[] entries = new Entry[live * 2 > old.length ? old.length * 2 : old.length];
    for (Entry entry : old) {
      if (entry != null && entry.get() != null) {
        put(entries, entry);
      }
    }
    put(entries, added);
    table = entries;
    return added.frames;
  }

  private static void put(@Nullable Entry[] entries, Entry entry) {
    int place = entry.hash & entries.length - 1;
    while (entries[place] != null) {
      place = place + 1 & entries.length - 1;
    }
    entries[place] = entry;
  }
}
