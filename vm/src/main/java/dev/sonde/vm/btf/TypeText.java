package dev.sonde.vm.btf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Writes a value as the kernel writes it for bpf_snprintf_btf: {@code (struct point){ .x = (int)1,
 * }}, member by member, those that are zero left out ({@code btf_show} in kernel/bpf/btf.c, Linux
 * 6.18).
 */
public final class TypeText {
  public static final int COMPACT = 1;
  public static final int NO_NAMES = 2;
  public static final int RAW_POINTERS = 4;
  public static final int ZEROS = 8;

  /** How many pointers, arrays and typedefs in a row a name can show (BTF_SHOW_MAX_ITER). */
  private static final int MAX_SUFFIXES = 10;

  /** How long a member's and its type's name can be together (BTF_SHOW_NAME_SIZE). */
  private static final int MAX_NAME = 79;

  private static final long SECRET = System.nanoTime() * 0xd1342543de82ef95L;

  private final Btf btf;
  private final int flags;
  private final ByteBuffer data;
  private final StringBuilder out = new StringBuilder();
  private int depth;
  private int checkedDepth; // one more than where a first walk began; 0: output is written
  private int deepestShown; // how deep the deepest value of the first walk stands
  private @Nullable BtfType shown; // null once a value within it is done
  private int shownId;
  private BtfType.@Nullable Member member;
  private boolean inArray;
  private boolean charArray;
  private boolean arrayEnded;

  private TypeText(Btf btf, byte[] data, int flags) {
    this.btf = btf;
    this.flags = flags;
    this.data = ByteBuffer.wrap(data).order(ByteOrder.nativeOrder());
  }

  /** Returns the text of a value of type {@code typeId}, whose bytes are {@code data}, whole. */
  public static String of(Btf btf, int typeId, byte[] data, int flags) {
    TypeText text = new TypeText(btf, data, flags);
    text.show(typeId, 0, 0);
    return text.out.toString();
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  // ---- kinds ------------------------------------------------------------------------------------

  private void show(int typeId, int at, int bitOffset) {
    BtfType type = btf.resolved(typeId);
    shown = type;
    shownId = typeId;
    if (type instanceof BtfType.Int integer) {
      integer(integer, at, bitOffset);
    } else if (type instanceof BtfType.Ptr) {
      pointer(at);
    } else if (type instanceof BtfType.Enum enumeration) {
      enumeration(enumeration, at);
    } else if (type instanceof BtfType.Struct struct) {
      aggregate(type, typeId, () -> members(struct, at), "}");
    } else if (type instanceof BtfType.Array array) {
      aggregate(type, typeId, () -> elements(array, at), "]");
    } else {
      write("<unsupported kind:" + kind(type) + ">");
    }
    shown = null;
  }

  private void integer(BtfType.Int type, int at, int bitOffset) {
    int bits = type.bits();
    if (bitOffset != 0 || type.bitOffset() != 0 || bits % 8 != 0) {
      bits(at, bitOffset + type.bitOffset(), bits);
      return;
    }
    boolean signed = type.signed();
    switch (bits) {
      case 64 -> {
        long value = data.getLong(at);
        value(value != 0, signed ? Long.toString(value) : Long.toUnsignedString(value));
      }
      case 32 -> {
        int value = data.getInt(at);
        value(value != 0, signed ? Integer.toString(value) : Integer.toUnsignedString(value));
      }
      case 16 -> {
        short value = data.getShort(at);
        value(value != 0, Integer.toString(signed ? value : value & 0xffff));
      }
      case 8 -> character(data.get(at), signed);
      default -> bits(at, 0, bits);
    }
  }

  private void character(byte value, boolean signed) {
    if (charArray) {
      if (arrayEnded) {
        return;
      }
      if (value == 0) {
        arrayEnded = true;
        return;
      }
      if (value >= 0x20 && value < 0x7f) {
        value(true, "'" + (char) value + "'");
        return;
      }
    }
    value(value != 0, Integer.toString(signed ? value : value & 0xff));
  }

  /** Up to 128 bits, in hex. */
  private void bits(int at, int bitOffset, int bits) {
    long low = 0;
    long high = 0;
    for (int i = 0; i < bits; i++) {
      int bit = bitOffset + i;
      long one = data.get(at + bit / 8) >> (bit & 7) & 1;
      low |= i < 64 ? one << i : 0;
      high |= i < 64 ? 0 : one << (i - 64);
    }
    if (high == 0) {
      value(low != 0, "0x" + Long.toHexString(low));
    } else {
      value(true, "0x%x%016x".formatted(high, low));
    }
  }

  private void pointer(int at) {
    long value = data.getLong(at);
    value(value != 0, "0x%016x".formatted(has(RAW_POINTERS) ? value : hashed(value)));
  }

  /** As %p: tells addresses apart and gives none away. */
  private static long hashed(long address) {
    long mixed = (address ^ SECRET) * 0x9e3779b97f4a7c15L;
    return address == 0 ? 0 : (mixed ^ mixed >>> 29) & 0xffffffffL;
  }

  private void enumeration(BtfType.Enum type, int at) {
    long value = enumValue(type, at);
    for (BtfType.EnumValue named : type.values()) {
      if (type.is64() ? named.value() == value : (int) named.value() == (int) value) {
        value(true, named.name());
        return;
      }
    }
    String number =
        type.is64()
            ? type.signed() ? Long.toString(value) : Long.toUnsignedString(value)
            : type.signed() ? Long.toString(value) : Integer.toUnsignedString((int) value);
    value(value != 0, number);
  }

  /** A packed enum is as small as its values; the kernel always reads 4 bytes. */
  private long enumValue(BtfType.Enum type, int at) {
    return switch (type.sizeBytes()) {
      case 1 -> type.signed() ? data.get(at) : data.get(at) & 0xff;
      case 2 -> type.signed() ? data.getShort(at) : data.getShort(at) & 0xffff;
      case 8 -> data.getLong(at);
      default -> data.getInt(at);
    };
  }

  // ---- aggregates -------------------------------------------------------------------------------

  /**
   * Writes an aggregate; within another one only if some value in it is shown, which a first walk
   * without output finds out. What a walk leaves in the state, the kernel's next walk sees, too.
   */
  private void aggregate(BtfType type, int typeId, Runnable content, String suffix) {
    BtfType.Member outer = member;
    if (depth > 0 && !has(ZEROS)) {
      if (checkedDepth == 0) {
        checkedDepth = depth + 1;
        deepestShown = 0;
      }
      walk(type, typeId, content, suffix);
      member = outer;
      if (checkedDepth != depth + 1) {
        return; // an outer aggregate's first walk
      }
      checkedDepth = 0;
      if (deepestShown <= depth) {
        return;
      }
    }
    walk(type, typeId, content, suffix);
  }

  private void walk(BtfType type, int typeId, Runnable content, String suffix) {
    shown = type;
    shownId = typeId;
    write(indent(), name(), newline());
    depth++;
    content.run();
    depth--;
    write(indent(), suffix, delimiter(), newline());
  }

  private void write(String... parts) {
    if (checkedDepth == 0) {
      for (String part : parts) {
        out.append(part);
      }
    }
  }

  private void members(BtfType.Struct struct, int at) {
    for (BtfType.Member next : struct.members()) {
      member = next;
      int bytes = at + next.bitOffset() / 8;
      if (next.bitSize() != 0) {
        shown = btf.type(next.type());
        shownId = next.type();
        bits(bytes, next.bitOffset() % 8, next.bitSize());
        shown = null;
      } else {
        show(next.type(), bytes, next.bitOffset() % 8);
      }
      member = null;
    }
  }

  private void elements(BtfType.Array array, int at) {
    BtfType element = btf.resolved(array.element());
    int elementBytes = btf.sizeBytes(array.element());
    charArray = element instanceof BtfType.Int && elementBytes == 1;
    arrayEnded = false;
    for (int i = 0; i < array.count() && !arrayEnded; i++) {
      inArray = true;
      member = null;
      show(array.element(), at + i * elementBytes, 0);
      inArray = false;
    }
    charArray = false;
    arrayEnded = false;
  }

  // ---- pieces -----------------------------------------------------------------------------------

  private void value(boolean nonZero, String text) {
    if (nonZero || has(ZEROS) || depth == 0) {
      write(indent(), name(), text, delimiter(), newline());
      deepestShown = Math.max(deepestShown, depth);
    }
  }

  private String indent() {
    return has(COMPACT) ? "" : " ".repeat(Math.min(depth, 32));
  }

  private String newline() {
    return has(COMPACT) ? "" : "\n";
  }

  private String delimiter() {
    if (depth == 0) {
      return "";
    }
    boolean union = shown instanceof BtfType.Struct struct && struct.union();
    return has(COMPACT) && union ? "|" : ",";
  }

  /** Returns {@code .member = (struct name *[]){}, as much of it as there is. */
  private String name() {
    if (inArray) {
      return "";
    }
    String memberName = member == null ? "" : member.name();
    int id = member == null ? shownId : member.type();
    String typedef = "";
    StringBuilder pointers = new StringBuilder();
    StringBuilder arrays = new StringBuilder();
    BtfType type = btf.type(id);
    for (int i = 0; i <= MAX_SUFFIXES; i++) {
      if (type instanceof BtfType.Typedef alias) {
        typedef = typedef.isEmpty() ? alias.name() : typedef;
        type = unqualified(alias.target());
      } else if (type instanceof BtfType.Array array) {
        arrays.append("[]");
        type = unqualified(array.element());
      } else if (type instanceof BtfType.Ptr pointer) {
        pointers.append('*');
        type = unqualified(pointer.target());
      } else {
        break; // the kernel names no qualifier, nor what stands behind one, at this place
      }
    }
    String open = !arrays.isEmpty() ? "[" : type instanceof BtfType.Struct ? "{" : "";
    open = pointers.isEmpty() ? open : "";
    if (has(NO_NAMES)) {
      return open;
    }
    String bare = type instanceof BtfType.Void ? "" : type.name();
    String typeName = typedef.isEmpty() ? bare : typedef;
    String prefix = typedef.isEmpty() ? prefix(type) : "";
    String name =
        (memberName.isEmpty() ? "" : "." + memberName + " = ")
            + "("
            + prefix
            + (prefix.isEmpty() || typeName.isEmpty() ? "" : " ")
            + typeName
            + (pointers.isEmpty() ? "" : " " + pointers)
            + arrays
            + ")"
            + open;
    return name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME);
  }

  private BtfType unqualified(int id) {
    BtfType type = btf.type(id);
    while (type instanceof BtfType.Modifier modifier) {
      type = btf.type(modifier.target());
    }
    return type;
  }

  private static String prefix(BtfType type) {
    if (type instanceof BtfType.Struct struct) {
      return struct.union() ? "union" : "struct";
    }
    return type instanceof BtfType.Enum ? "enum" : "";
  }

  /** Returns the kernel's number of the kinds that have no value to show. */
  private static int kind(BtfType type) {
    if (type instanceof BtfType.Forward) {
      return 7;
    }
    if (type instanceof BtfType.FuncProto) {
      return 13;
    }
    return type instanceof BtfType.FloatType ? 16 : type instanceof BtfType.Func ? 12 : 0;
  }
}
