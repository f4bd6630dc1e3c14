package dev.sonde.probes.bridge;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps trampolines that are free, by descriptor: a class in java.lang is for ever. */
public final class TrampolinePool {
  private final Map<String, ArrayDeque<Trampoline>> free = new HashMap<>();
  private @Nullable JavaLang javaLang;
  private int defined;

  /** Returns a trampoline that does nothing until it is given a target. */
  public synchronized Trampoline acquire(String descriptor) {
    ArrayDeque<Trampoline> sameShape = free.get(descriptor);
    Trampoline pooled = sameShape == null ? null : sameShape.poll();
    if (pooled != null) {
      return pooled;
    }
    if (javaLang == null) {
      javaLang = new JavaLang();
    }
    defined++;
    return Trampoline.define(javaLang, descriptor);
  }

  /** Takes back a trampoline that no woven code calls any more. */
  public synchronized void release(Trampoline trampoline) {
    trampoline.disconnect();
    free.computeIfAbsent(trampoline.descriptor(), d -> new ArrayDeque<>()).add(trampoline);
  }

  /** Returns how many classes this pool has defined. */
  public synchronized int defined() {
    return defined;
  }
}
