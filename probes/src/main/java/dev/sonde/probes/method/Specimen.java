package dev.sonde.probes.method;

import org.jspecify.annotations.Nullable;

/** What {@link MethodAttacher} weaves before any class of the application; nothing calls it. */
final class Specimen {
  private long calls;

  /** Has what most methods have: a receiver, arguments, branches, a call and two returns. */
  long work(@Nullable Object text, long times) {
    calls += times;
    if (text == null || times < calls) {
      return calls;
    }
    return text.hashCode() + times;
  }
}
