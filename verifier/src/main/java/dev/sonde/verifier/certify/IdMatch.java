package dev.sonde.verifier.certify;

import java.util.Arrays;

/**
 * A one-to-one renaming of the ids of one state to those of another, built while both are walked.
 * Ids say which registers are the same value, the same record, the same packet; their numbers mean
 * nothing.
 */
final class IdMatch {
  private static final int FIRST_PAIRS = 8;

  private int[] pairs = new int[2 * FIRST_PAIRS];
  private int size;

  void clear() {
    size = 0;
  }

  /** Tells whether {@code general} may be called {@code special}, as far as seen; 0 is no id. */
  boolean matches(int general, int special) {
    if (general == 0 || special == 0) {
      return general == special;
    }
    for (int i = 0; i < size; i += 2) {
      if (pairs[i] == general || pairs[i + 1] == special) {
        return pairs[i] == general && pairs[i + 1] == special;
      }
    }
    if (size == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * size);
    }
    pairs[size++] = general;
    pairs[size++] = special;
    return true;
  }
}
