package dev.sonde.probes.hotspot;

/** A JVM that lays its data out in a way that is not known here. */
public final class HotSpotLayoutException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HotSpotLayoutException(String message) {
    super(message);
  }
}
