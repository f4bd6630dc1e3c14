package dev.sonde.verifier.domain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every scalar of 4 bits (half: 2 bits) that settling can leave, with the numbers it stands for.
 */
final class NarrowScalars {
  static final int BITS = 4;
  private static final int NUMBERS = 1 << BITS;
  private static final int HALF_NUMBERS = 1 << BITS / 2;

  private final Lane lane = Lane.of(BITS);
  private final Lane low = Lane.of(BITS / 2);
  private final List<Tnum> tnums = new ArrayList<>();
  private final List<Range> ranges = ranges(lane);
  private final List<Range> halves = ranges(low);
  private final Concrete concrete = new Concrete(BITS);
  private final Map<Scalar, Integer> membersByScalar = new LinkedHashMap<>();
  private long tried;

  NarrowScalars() {
    for (int mask = 0; mask < NUMBERS; mask++) {
      for (int value = 0; value < NUMBERS; value++) {
        if ((value & mask) == 0) {
          tnums.add(new Tnum(value, mask));
        }
      }
    }
  }

  private static List<Range> ranges(Lane lane) {
    List<Range> ranges = new ArrayList<>();
    for (long umin = 0; umin <= lane.mask(); umin++) {
      for (long umax = umin; umax <= lane.mask(); umax++) {
        for (long smin = lane.signedMin(); smin <= lane.signedMax(); smin++) {
          for (long smax = smin; smax <= lane.signedMax(); smax++) {
            ranges.add(new Range(umin, umax, smin, smax));
          }
        }
      }
    }
    return ranges;
  }

  /**
   * Settles every combination of bits and bounds, and fails if one loses a number that all of them
   * allow, or is called empty while there is one.
   *
   * @param stride 1 for all combinations, else only every {@code stride}th
   */
  NarrowScalars settleAll(int stride) {
    int[] ofTnum = new int[tnums.size()];
    int[] ofRange = new int[ranges.size()];
    int[] ofHalf = new int[halves.size()];
    for (int number = 0; number < NUMBERS; number++) {
      int bit = 1 << number;
      for (int i = 0; i < ofTnum.length; i++) {
        ofTnum[i] |= tnums.get(i).contains(number) ? bit : 0;
      }
      for (int i = 0; i < ofRange.length; i++) {
        ofRange[i] |= ranges.get(i).contains(number, lane.signed(number)) ? bit : 0;
      }
      for (int i = 0; i < ofHalf.length; i++) {
        long half = number % HALF_NUMBERS;
        ofHalf[i] |= halves.get(i).contains(half, low.signed(half)) ? bit : 0;
      }
    }
    int turn = 0;
    for (int t = 0; t < ofTnum.length; t++) {
      for (int r = 0; r < ofRange.length; r++) {
        for (int h = 0; h < ofHalf.length; h++) {
          if (turn++ % stride == 0) {
            settle(tnums.get(t), ranges.get(r), halves.get(h), ofTnum[t] & ofRange[r] & ofHalf[h]);
          }
        }
      }
    }
    return this;
  }

  private void settle(Tnum bits, Range whole, Range half, int members) {
    tried++;
    Scalar settled = new Knowledge(lane, low, bits, whole, half).settle();
    if (settled == null) {
      check(members == 0, bits, whole, half, "called empty");
      return;
    }
    Integer known = membersByScalar.get(settled);
    if (known == null) {
      known = members(settled);
      membersByScalar.put(settled, known);
    }
    check((members & ~known) == 0, bits, whole, half, "lost a number: " + settled);
    check((known & ~members) == 0, bits, whole, half, "gained a number: " + settled);
  }

  private static void check(boolean holds, Tnum bits, Range whole, Range half, String what) {
    if (!holds) {
      throw new AssertionError(bits + ", " + whole + ", " + half + ": " + what);
    }
  }

  /** Returns the numbers of {@code scalar}, one bit each. */
  int members(Scalar scalar) {
    int members = 0;
    for (int number = 0; number < NUMBERS; number++) {
      members |= concrete.isIn(scalar, number) ? 1 << number : 0;
    }
    return members;
  }

  List<Scalar> scalars() {
    return List.copyOf(membersByScalar.keySet());
  }

  long tried() {
    return tried;
  }
}
