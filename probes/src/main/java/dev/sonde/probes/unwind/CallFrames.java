package dev.sonde.probes.unwind;

import dev.sonde.probes.elf.ElfImage;
import dev.sonde.probes.elf.ElfSection;
import dev.sonde.probes.elf.ElfSegment;
import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The call frame information of one ELF file: {@code .eh_frame}, found through the sorted table of
 * {@code .eh_frame_hdr}, or by reading all of it where there is no such table.
 *
 * <pre>
 * .eh_frame_hdr   u8 version 1, u8 enc of frame pointer, u8 enc of count, u8 enc of table,
 *                 eh_frame pointer, count, (first address, FDE address)[count]
 * CIE             u32 length, u32 0, u8 version, augmentation, factors, return register, insns
 * FDE             u32 length, u32 distance back to its CIE, first address, range, insns
 * </pre>
 *
 * @see <a
 *     href="https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/ehframechpt.html">
 *     LSB, .eh_frame</a>
 */
final class CallFrames {
  private static final int DATA_RELATIVE_4 = 0x3b; // every linker's tables
  private static final FrameRow[] NO_ROWS = {};

  private final Architecture architecture;
  private final ObjectBytes frames;
  private final long framesAddress;
  private final long[] starts; // first addresses, ascending
  private final int[] entries; // offsets of their FDEs
  private final FrameRow @Nullable [][] rows; // of each FDE, those that were asked for

  private CallFrames(
      Architecture architecture, ObjectBytes frames, long address, long[] starts, int[] entries) {
    this.architecture = architecture;
    this.frames = frames;
    this.framesAddress = address;
    this.starts = starts;
    this.entries = entries;
    this.rows = new FrameRow[entries.length][];
  }

  /** Reads the index; null when the file has no call frame information. */
  static @Nullable CallFrames of(ElfImage image, Architecture architecture) throws IOException {
    Optional<ElfSection> section = image.section(".eh_frame");
    Optional<ElfSegment> header =
        image.segments().stream().filter(s -> s.type() == ElfSegment.GNU_EH_FRAME).findFirst();
    if (header.isPresent()) {
      ObjectBytes bytes = image.bytes(header.get());
      DwarfCursor in = new DwarfCursor(bytes, 0, header.get().address(), header.get().address());
      if (bytes.size() >= 8 && in.u8() == 1) {
        int pointerEncoding = in.u8();
        int countEncoding = in.u8();
        int tableEncoding = in.u8();
        long address = in.pointer(pointerEncoding);
        long count = in.pointer(countEncoding);
        ObjectBytes frames =
            section.isPresent() ? image.bytes(section.get()) : restOfSegment(image, address);
        if (tableEncoding != 0xff && countEncoding != 0xff) {
          return indexed(architecture, frames, address, in, tableEncoding, count, bytes.size());
        }
        return scanned(architecture, frames, address);
      }
    }
    return section.isPresent()
        ? scanned(architecture, image.bytes(section.get()), section.get().address())
        : null;
  }

  private static ObjectBytes restOfSegment(ElfImage image, long address) throws IOException {
    for (ElfSegment segment : image.segments()) {
      long from = address - segment.address();
      if (segment.type() == ElfSegment.LOAD && from >= 0 && from < segment.fileBytes()) {
        return image.bytes(segment).slice(from, segment.fileBytes() - from, ".eh_frame");
      }
    }
    throw new ObjectFormatException(
        image.where(), ".eh_frame", "0x" + Long.toHexString(address), "an address in the file");
  }

  private static CallFrames indexed(
      Architecture architecture,
      ObjectBytes frames,
      long address,
      DwarfCursor in,
      int encoding,
      long count,
      int headerBytes) {
    if (count < 0 || count > headerBytes / 2) {
      throw new ObjectFormatException(
          frames.where(), "entries of .eh_frame_hdr", count, "at most " + headerBytes / 2);
    }
    long[] starts = new long[(int) count];
    int[] entries = new int[(int) count];
    boolean usual = encoding == DATA_RELATIVE_4;
    for (int i = 0; i < count; i++) {
      starts[i] = usual ? in.dataRelative() : in.pointer(encoding);
      long offset = (usual ? in.dataRelative() : in.pointer(encoding)) - address;
      entries[i] = offset >= 0 && offset < frames.size() ? (int) offset : -1;
      if (i > 0 && starts[i] < starts[i - 1]) {
        return scanned(architecture, frames, address); // a search would miss what is there
      }
    }
    return new CallFrames(architecture, frames, address, starts, entries);
  }

  /** Reads all of {@code .eh_frame} for the first addresses of its FDEs. */
  private static CallFrames scanned(Architecture architecture, ObjectBytes frames, long address) {
    CallFrames raw = new CallFrames(architecture, frames, address, new long[0], new int[0]);
    long[][] found = new long[16][];
    int count = 0;
    for (long at = 0; at + 8 <= frames.size(); ) {
      long length = frames.u32((int) at);
      if (length == 0 || length > frames.size() - at - 4) {
        break;
      }
      if (frames.i32((int) at + 4) != 0) {
        found = count == found.length ? Arrays.copyOf(found, count * 2) : found;
        found[count++] = new long[] {raw.entry((int) at).start, at};
      }
      at += 4 + length;
    }
    Arrays.sort(found, 0, count, (a, b) -> Long.compare(a[0], b[0]));
    long[] starts = new long[count];
    int[] entries = new int[count];
    for (int i = 0; i < count; i++) {
      starts[i] = found[i][0];
      entries[i] = (int) found[i][1];
    }
    return new CallFrames(architecture, frames, address, starts, entries);
  }

  /**
   * Returns the row for the insn at {@code address}, null where the file says nothing.
   *
   * @throws ObjectFormatException when what it says is no call frame information
   */
  @Nullable FrameRow row(long address) {
    int i = Arrays.binarySearch(starts, address);
    i = i < 0 ? -i - 2 : i;
    if (i < 0 || entries[i] < 0) {
      return null;
    }
    FrameRow[] known = rows[i] == null ? NO_ROWS : rows[i];
    for (FrameRow row : known) {
      if (address >= row.from && address < row.to) {
        return row;
      }
    }
    FrameRow row = read(entries[i], address);
    if (row != null) {
      rows[i] = Arrays.copyOf(known, known.length + 1);
      rows[i][known.length] = row;
    }
    return row;
  }

  private @Nullable FrameRow read(int at, long address) {
    Entry fde = entry(at);
    if (address < fde.start || address - fde.start >= fde.range) {
      return null;
    }
    Common cie = fde.cie;
    FrameRow row = new FrameRow(architecture.registers());
    row.signalFrame = cie.signalFrame;
    CallFrameProgram program =
        new CallFrameProgram(cursor(0), cie.codeFactor, cie.dataFactor, fde.start, address, row);
    program.runInitial(cie.insns, cie.end);
    program.run(fde.insns, fde.end);
    long end = fde.start + fde.range;
    row.from = program.rowStart();
    row.to = Long.compareUnsigned(program.rowEnd(), end) < 0 ? program.rowEnd() : end;
    return row.complete();
  }

  private record Common(
      long codeFactor, long dataFactor, int encoding, boolean signalFrame, int insns, int end) {}

  private record Entry(Common cie, long start, long range, int insns, int end) {}

  private Entry entry(int at) {
    int end = end(at);
    long back = frames.u32(at + 4);
    if (back == 0 || back > at + 4) {
      throw new ObjectFormatException(
          frames.where(), "CIE of the FDE at offset " + at, back, "1 to " + (at + 4) + " B back");
    }
    Common cie = common((int) (at + 4 - back));
    DwarfCursor in = cursor(at + 8);
    long start = in.pointer(cie.encoding);
    long range = in.pointer(cie.encoding & 0xf); // a size is relative to nothing
    in.skip(in.uleb());
    return new Entry(cie, start, range, in.position(), end);
  }

  private Common common(int at) {
    int end = end(at);
    DwarfCursor in = cursor(at + 8);
    int version = in.u8();
    String augmentation = in.text();
    if (version != 1 && version != 3 || !augmentation.startsWith("z")) {
      throw new ObjectFormatException(
          frames.where(),
          "CIE at offset " + at,
          "version %d, augmentation \"%s\"".formatted(version, augmentation),
          "version 1 or 3, augmentation \"z...\"");
    }
    long codeFactor = in.uleb();
    long dataFactor = in.sleb();
    long returnRegister = version == 1 ? in.u8() : in.uleb();
    if (returnRegister != architecture.returnAddress()) {
      throw new ObjectFormatException(
          frames.where(), "return register", returnRegister, architecture.returnAddress());
    }
    long dataBytes = in.uleb();
    int data = in.position();
    in.skip(dataBytes);
    int insns = in.position();
    in.moveTo(data);
    int encoding = 0;
    boolean signalFrame = false;
    for (char letter : augmentation.substring(1).toCharArray()) {
      switch (letter) {
        case 'R' -> encoding = in.u8();
        case 'P' -> in.pointer(in.u8());
        case 'L' -> in.u8();
        case 'S' -> signalFrame = true;
        case 'B' -> {} // aarch64: return addresses are signed with the other key
        default -> throw in.bad("augmentation letter", letter);
      }
    }
    return new Common(codeFactor, dataFactor, encoding, signalFrame, insns, end);
  }

  private int end(int at) {
    long length = frames.u32(at);
    if (length > frames.size() - at - 4L) {
      throw new ObjectFormatException(
          frames.where(),
          "length at offset " + at,
          length,
          "at most %d B".formatted(frames.size() - at - 4L));
    }
    return at + 4 + (int) length;
  }

  private DwarfCursor cursor(int at) {
    return new DwarfCursor(frames, at, framesAddress, 0);
  }
}
