package dev.sonde.probes.method;

/**
 * The class that is retransformed, though nothing is ever woven into it, to stop all threads for a
 * moment: they see what was written before. It is empty, because each retransformation has the JVM
 * link a class's lambdas anew, to classes that are never unloaded.
 */
final class Marker {
  private Marker() {}

  /** Tells whether this is the class. */
  static boolean is(Class<?> type) {
    return type == Marker.class;
  }
}
