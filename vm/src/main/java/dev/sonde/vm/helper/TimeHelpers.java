package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * The clocks. All stand on the event's time in CLOCK_MONOTONIC, which is {@link System#nanoTime} on
 * Linux; the others differ from it by what is measured once, at start.
 */
public final class TimeHelpers {
  /** CONFIG_HZ of the ABI that programs see (USER_HZ is 100, jiffies run at 250 on most hosts). */
  private static final long NANOS_PER_JIFFY = 4_000_000;

  /** INITIAL_JIFFIES is 5 minutes before the 32-bit counter wraps; 64 bits start there too. */
  private static final long INITIAL_JIFFIES = 0xffffffffL & -300 * 250;

  /** How coarse CLOCK_MONOTONIC_COARSE is: it stands still for a jiffy. */
  private static final long COARSE_NANOS = NANOS_PER_JIFFY;

  /** Time asleep: CLOCK_BOOTTIME minus CLOCK_MONOTONIC. */
  private static final long SUSPENDED_NANOS = suspendedNanos();

  private static final long WALL_OFFSET_NANOS = wallOffsetNanos();

  private TimeHelpers() {}

  public static long ktimeGetNs(CarrierSlot slot) {
    Event event = slot.event();
    return event == null ? System.nanoTime() : event.timeNanos();
  }

  public static long ktimeGetBootNs(CarrierSlot slot) {
    return ktimeGetNs(slot) + SUSPENDED_NANOS;
  }

  public static long ktimeGetCoarseNs(CarrierSlot slot) {
    long now = ktimeGetNs(slot);
    return now - now % COARSE_NANOS;
  }

  /** CLOCK_TAI; equal to CLOCK_REALTIME, as it is in a kernel that nobody told the leap seconds. */
  public static long ktimeGetTaiNs(CarrierSlot slot) {
    return ktimeGetNs(slot) + WALL_OFFSET_NANOS;
  }

  public static long jiffies64(CarrierSlot slot) {
    return INITIAL_JIFFIES + ktimeGetNs(slot) / NANOS_PER_JIFFY;
  }

  /** Returns the time of a CLOCK_ number: MONOTONIC 1, BOOTTIME 7, else REALTIME. */
  static long now(int clock) {
    long monotonic = System.nanoTime();
    return switch (clock) {
      case 1 -> monotonic;
      case 7 -> monotonic + SUSPENDED_NANOS;
      default -> monotonic + WALL_OFFSET_NANOS;
    };
  }

  private static long wallOffsetNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano() - System.nanoTime();
  }

  /** Reads {@code /proc/uptime}, which counts sleep and has 10 ms steps; 0 where it is missing. */
  private static long suspendedNanos() {
    try {
      String uptime = Files.readString(Path.of("/proc/uptime")).split(" ")[0];
      long difference = (long) (Double.parseDouble(uptime) * 1e9) - System.nanoTime();
      return difference > 50_000_000L ? difference : 0; // less is the file's own coarseness
    } catch (IOException | NumberFormatException | SecurityException noProcfs) {
      return 0;
    }
  }
}
