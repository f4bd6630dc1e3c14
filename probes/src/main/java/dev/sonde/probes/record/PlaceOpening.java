package dev.sonde.probes.record;

import dev.sonde.probes.linux.LinuxException;
import dev.sonde.vm.context.OwnThreads;
import dev.sonde.vm.map.Errno;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens the places of a batch one by one: as many as the caller has patience for while he waits,
 * the others on a thread of its own. A place that the kernel refuses is left out and counted; where
 * none of an attachment's can be opened, or a privilege is missing, the caller is told, if he still
 * waits, else the attachment's status.
 */
final class PlaceOpening implements AutoCloseable {
  private static final long PATIENCE_NANOS = 250_000_000L;

  private final List<Place> places;
  private int next; // one thread at a time: the caller's, then the background's
  private @Nullable Thread thread;
  private volatile boolean closed;

  /**
   * A place that is to be opened.
   *
   * @param name for messages
   */
  record Place(NativeAttachment attachment, String name, Runnable open) {}

  PlaceOpening(List<Place> places) {
    this.places = List.copyOf(places);
  }

  /**
   * Opens places until all are open or the patience is at its end.
   *
   * @throws LinuxException where no place of an attachment can be opened, or a privilege is missing
   */
  void openFirst() {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (next < places.size() && System.nanoTime() - deadline < 0) {
      Place place = places.get(next++);
      LinuxException refused = open(place);
      if (refused != null && (concernsAll(refused) || place.attachment.isHopeless())) {
        throw refused;
      }
    }
  }

  /** Opens what is left, if anything is, without keeping the caller waiting. */
  void openRest() {
    if (next < places.size()) {
      thread = OwnThreads.start("sonde-attach", this::run);
    }
  }

  /** Opens no further place; none is being opened when this returns. */
  @Override
  public void close() {
    closed = true;
    if (thread != null) {
      OwnThreads.awaitEnd(thread);
    }
  }

  private void run() {
    while (next < places.size() && !closed) {
      Place place = places.get(next++);
      try {
        open(place);
      } catch (RuntimeException e) {
        place.attachment.leaveOut(place.name, String.valueOf(e.getMessage()));
      }
    }
  }

  private static @Nullable LinuxException open(Place place) {
    try {
      place.open.run();
      place.attachment.placed(1);
      return null;
    } catch (LinuxException e) {
      place.attachment.leaveOut(place.name, Refusal.why(e));
      return e;
    }
  }

  private static boolean concernsAll(LinuxException e) {
    return e.isPermission() || e.isMemoryLimit() || e.errno() == Errno.EMFILE;
  }
}
