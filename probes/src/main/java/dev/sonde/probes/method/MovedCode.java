package dev.sonde.probes.method;

import java.util.Arrays;
import net.bytebuddy.jar.asm.ClassReader;

/**
 * The code of one method with insns put before its first one and before its returns, written
 * without taking it apart: what lies between is copied as it is, and what names a place in it,
 * jumps and tables, is made to name where that has gone. A place at a return is one before what is
 * put there.
 *
 * <pre>
 * u4 bytes to come   u2 max_stack   u2 max_locals   u4 length   insns
 * u2 count {u2 start, u2 end, u2 handler, u2 type}   u2 count {u2 name, u4 bytes, table}
 * </pre>
 *
 * @see <a href="https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html">JVMS 4.7.3</a>
 */
final class MovedCode {
  private static final int MAX_LENGTH = 0xffff;

  /** How long an insn is, by its opcode; 0: that alone does not say. */
  private static final String LENGTHS =
      "1".repeat(16)
          + "23233"
          + "22222" // loads of locals
          + "1".repeat(28)
          + "22222" // stores
          + "1".repeat(73)
          + "3" // iinc
          + "1".repeat(20)
          + "3".repeat(16) // jumps
          + "2" // ret
          + "00" // switches
          + "1".repeat(6) // returns
          + "3".repeat(7) // fields and calls
          + "55"
          + "323"
          + "11"
          + "33"
          + "11"
          + "0" // wide
          + "4"
          + "33"
          + "55"; // goto_w and jsr_w

  private static final int IINC = 132;
  private static final int IFEQ = 153;
  private static final int JSR = 168;
  private static final int TABLESWITCH = 170;
  private static final int LOOKUPSWITCH = 171;
  private static final int IRETURN = 172;
  private static final int RETURN = 177;
  private static final int WIDE = 196;
  private static final int IFNULL = 198;
  private static final int IFNONNULL = 199;
  private static final int GOTO_W = 200;

  private static final int FULL_FRAME = 255;
  private static final int SAME_FRAME_EXTENDED = 251;
  private static final int SAME_LOCALS_EXTENDED = 247;
  private static final int OBJECT = 7;
  private static final int UNINITIALIZED = 8;

  private final ClassReader in;
  private final byte[] bytes;
  private final int begin; // of max_stack
  private final int code; // of the insns
  private final int length;
  private final char[] text; // room for the names of attributes
  private int[] returns = new int[4];
  private int returnCount;
  private int[] jumps = new int[16];
  private int jumpCount;
  private boolean switches;
  private boolean movable = true;
  private int beforeFirst; // how many bytes are put there
  private int beforeReturn;

  /**
   * @param bytes what {@code in} reads
   * @param begin where the method's attribute Code has its max_stack
   */
  MovedCode(ClassReader in, byte[] bytes, int begin) {
    this.in = in;
    this.bytes = bytes;
    this.begin = begin;
    this.code = begin + 8;
    this.length = in.readInt(begin + 4);
    this.text = new char[in.getMaxStringLength()];
    find();
  }

  /**
   * Writes the attribute but for its name.
   *
   * @param more what the insns need of the stack at most
   * @return false: it cannot be written so, for the length of a jump or a table that is not known
   */
  boolean write(ByteSink out, byte[] first, byte[] beforeReturns, int more) {
    beforeFirst = padded(first.length);
    beforeReturn = padded(beforeReturns.length);
    long grown = length + beforeFirst + (long) returnCount * beforeReturn;
    boolean same = grown == length;
    int stack = in.readUnsignedShort(begin) + (same ? 0 : more);
    if (grown > MAX_LENGTH || stack > MAX_LENGTH) {
      return false;
    }
    int start = out.size();
    out.u4(0);
    out.u2(stack);
    out.u2(in.readUnsignedShort(begin + 2));
    out.u4((int) grown);
    int insns = out.size();
    insns(out, first, beforeReturns);
    for (int i = 0; i < jumpCount; i++) {
      mend(out, insns, jumps[i]);
    }
    attributes(out, handlers(out, code + length));
    out.u4At(start, out.size() - start - 4);
    return movable;
  }

  /** A switch is filled up so that its table begins at a multiple of 4: it moves by such. */
  private int padded(int insnBytes) {
    return switches ? insnBytes + 3 & ~3 : insnBytes;
  }

  /** Returns where what was at {@code pc} is now. */
  private int moved(int pc) {
    int found = beforeReturn == 0 ? 0 : Arrays.binarySearch(returns, 0, returnCount, pc);
    return pc + beforeFirst + beforeReturn * (found < 0 ? -1 - found : found);
  }

  // ---- insns ------------------------------------------------------------------------------------

  private void find() {
    for (int pc = 0, next; pc < length; pc = next) {
      next = pc + lengthAt(pc);
      if (next <= pc) { // nobody has verified it yet
        throw new IllegalArgumentException(
            "code: switch at %d has %d B, want 8 at least".formatted(pc, next - pc));
      }
      int opcode = in.readByte(code + pc);
      if (opcode >= IRETURN && opcode <= RETURN) {
        returns = room(returns, returnCount);
        returns[returnCount++] = pc;
      } else if (opcode >= IFEQ && opcode <= LOOKUPSWITCH || opcode >= IFNULL) {
        jumps = room(jumps, jumpCount);
        jumps[jumpCount++] = pc;
        switches |= opcode == TABLESWITCH || opcode == LOOKUPSWITCH;
      }
    }
  }

  private static int[] room(int[] places, int count) {
    return count < places.length ? places : Arrays.copyOf(places, 2 * count);
  }

  private int lengthAt(int pc) {
    int opcode = in.readByte(code + pc);
    int known = opcode < LENGTHS.length() ? LENGTHS.charAt(opcode) - '0' : 1;
    if (known != 0) {
      movable &= opcode < LENGTHS.length();
      return known;
    }
    int table = code + table(pc);
    return switch (opcode) {
      case TABLESWITCH -> table(pc) - pc + 16 + 4 * (in.readInt(table + 8) - in.readInt(table + 4));
      case LOOKUPSWITCH -> table(pc) - pc + 8 + 8 * in.readInt(table + 4);
      default -> in.readByte(code + pc + 1) == IINC ? 6 : 4; // wide
    };
  }

  /** Returns where a switch has its default. */
  private static int table(int pc) {
    return (pc & ~3) + 4;
  }

  private void insns(ByteSink out, byte[] first, byte[] beforeReturns) {
    put(out, first, beforeFirst);
    int copied = 0;
    for (int i = 0; beforeReturn > 0 && i < returnCount; i++) {
      out.copy(bytes, code + copied, returns[i] - copied);
      put(out, beforeReturns, beforeReturn);
      copied = returns[i];
    }
    out.copy(bytes, code + copied, length - copied);
  }

  private static void put(ByteSink out, byte[] insns, int padded) {
    out.copy(insns, 0, insns.length);
    for (int i = insns.length; i < padded; i++) {
      out.u1(0); // nop
    }
  }

  private void mend(ByteSink out, int insns, int pc) {
    int opcode = in.readByte(code + pc);
    int at = insns + moved(pc);
    if (opcode >= GOTO_W) {
      out.u4At(at + 1, distance(pc, in.readInt(code + pc + 1)));
    } else if (opcode <= JSR || opcode == IFNULL || opcode == IFNONNULL) {
      int distance = distance(pc, in.readShort(code + pc + 1));
      movable &= distance == (short) distance;
      out.u2At(at + 1, distance);
    } else if (opcode == TABLESWITCH || opcode == LOOKUPSWITCH) {
      mendSwitch(out, insns, pc, opcode == TABLESWITCH);
    }
  }

  private void mendSwitch(ByteSink out, int insns, int pc, boolean dense) {
    int table = table(pc);
    int shift = insns + moved(pc) - pc;
    int end = pc + lengthAt(pc);
    out.u4At(shift + table, distance(pc, in.readInt(code + table)));
    for (int i = table + 12; i < end; i += dense ? 4 : 8) {
      out.u4At(shift + i, distance(pc, in.readInt(code + i)));
    }
  }

  private int distance(int from, int distance) {
    return moved(from + distance) - moved(from);
  }

  // ---- tables -----------------------------------------------------------------------------------

  /** Returns where the attributes begin. */
  private int handlers(ByteSink out, int at) {
    int count = in.readUnsignedShort(at);
    out.u2(count);
    for (int i = 0; i < count; i++) {
      int handler = at + 2 + 8 * i;
      for (int word = 0; word < 6; word += 2) {
        out.u2(moved(in.readUnsignedShort(handler + word)));
      }
      out.u2(in.readUnsignedShort(handler + 6));
    }
    return at + 2 + 8 * count;
  }

  private void attributes(ByteSink out, int first) {
    int count = in.readUnsignedShort(first);
    out.u2(count);
    int at = first + 2;
    for (int i = 0; i < count; i++) {
      out.copy(bytes, at, 2);
      int start = out.size();
      out.u4(0);
      String name = in.readUTF8(at, text);
      switch (name == null ? "" : name) {
        case "LineNumberTable" -> rows(out, at + 6, 4, false);
        case "LocalVariableTable", "LocalVariableTypeTable" -> rows(out, at + 6, 10, true);
        case "StackMapTable" -> frames(out, at + 6);
        default -> movable = false;
      }
      out.u4At(start, out.size() - start - 4);
      at += 6 + in.readInt(at + 2);
    }
  }

  /** Writes a table whose rows begin with a place, and how far it reaches where they have that. */
  private void rows(ByteSink out, int table, int rowBytes, boolean reaches) {
    int count = in.readUnsignedShort(table);
    out.u2(count);
    for (int i = 0; i < count; i++) {
      int row = table + 2 + rowBytes * i;
      int start = in.readUnsignedShort(row);
      out.u2(moved(start));
      if (reaches) {
        out.u2(moved(start + in.readUnsignedShort(row + 2)) - moved(start));
      }
      int done = reaches ? 4 : 2;
      out.copy(bytes, row + done, rowBytes - done);
    }
  }

  /** A frame's place is written as the distance from the one before, less 1. */
  private void frames(ByteSink out, int table) {
    int count = in.readUnsignedShort(table);
    out.u2(count);
    int at = table + 2;
    int pc = -1;
    int last = -1;
    for (int i = 0; i < count; i++) {
      int type = in.readByte(at++);
      boolean wide = type >= SAME_LOCALS_EXTENDED;
      movable &= wide || type < 128;
      pc += 1 + (wide ? in.readUnsignedShort(at) : type & 63);
      at += wide ? 2 : 0;
      int distance = moved(pc) - last - 1;
      last = moved(pc);
      at = wide ? frame(out, type, distance, at) : shortFrame(out, type, distance, at);
    }
  }

  private int shortFrame(ByteSink out, int type, int distance, int at) {
    boolean oneOnStack = type >= 64;
    if (distance < 64) {
      out.u1(oneOnStack ? 64 + distance : distance);
    } else {
      out.u1(oneOnStack ? SAME_LOCALS_EXTENDED : SAME_FRAME_EXTENDED);
      out.u2(distance);
    }
    return oneOnStack ? types(out, 1, at) : at;
  }

  private int frame(ByteSink out, int type, int distance, int at) {
    out.u1(type);
    out.u2(distance);
    if (type == FULL_FRAME) {
      return countedTypes(out, countedTypes(out, at));
    }
    return types(out, type == SAME_LOCALS_EXTENDED ? 1 : Math.max(0, type - 251), at);
  }

  private int countedTypes(ByteSink out, int at) {
    out.copy(bytes, at, 2);
    return types(out, in.readUnsignedShort(at), at + 2);
  }

  private int types(ByteSink out, int count, int first) {
    int at = first;
    for (int i = 0; i < count; i++) {
      int tag = in.readByte(at++);
      out.u1(tag);
      if (tag == OBJECT || tag == UNINITIALIZED) {
        int value = in.readUnsignedShort(at);
        out.u2(tag == OBJECT ? value : moved(value));
        at += 2;
      }
    }
    return at;
  }
}
