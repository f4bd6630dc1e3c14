package dev.sonde.probes.hotspot;

/**
 * A method's compressed line numbers: pairs of how far bci and line advance, in one byte (5 and 3
 * bits) where that fits, behind 0xff as two signed numbers where it does not; 0 ends it.
 */
final class LineTable {
  static final LineTable NONE = new LineTable(new int[0], new int[0], 0);

  private static final int ESCAPE = 0xff;

  private final int[] bcis;
  private final int[] lines;
  private final int count;

  private LineTable(int[] bcis, int[] lines, int count) {
    this.bcis = bcis;
    this.lines = lines;
    this.count = count;
  }

  static LineTable read(byte[] bytes, int from, boolean noZeroBytes) {
    CompressedInts in = new CompressedInts(bytes, from, noZeroBytes);
    int[] bcis = new int[bytes.length - from];
    int[] lines = new int[bytes.length - from];
    int count = 0;
    int bci = 0;
    int line = 0;
    while (in.hasNext()) {
      int step = in.u8();
      if (step == 0) {
        break;
      }
      bci += step == ESCAPE ? in.nextSigned() : step >>> 3;
      line += step == ESCAPE ? in.nextSigned() : step & 7;
      bcis[count] = bci;
      lines[count++] = line;
    }
    return new LineTable(bcis, lines, count);
  }

  /** Returns the line of the last entry at or before {@code bci}; entries may be out of order. */
  int lineOf(int bci) {
    int best = -1;
    int line = 0;
    for (int i = 0; i < count; i++) {
      if (bcis[i] == bci) {
        return lines[i];
      }
      if (bcis[i] < bci && bcis[i] >= best) {
        best = bcis[i];
        line = lines[i];
      }
    }
    return line;
  }
}
