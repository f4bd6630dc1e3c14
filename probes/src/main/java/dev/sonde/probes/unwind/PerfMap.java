package dev.sonde.probes.unwind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Names for code that a runtime generated, from {@code /tmp/perf-PID.map}: lines of {@code ADDRESS
 * SIZE NAME}, hex with or without 0x. For processes whose runtime is not known. The file changes as
 * code comes and goes, so that it is to be read again while samples are taken: a name is right for
 * the samples of its time.
 */
public final class PerfMap {
  private static final int MAX_BYTES = 256 << 20;
  private static final long REFRESH_NANOS = 500_000_000L;
  private static final int COMPARED_BYTES = 256; // before what was appended

  private record Entry(long end, String name) {}

  private final Path @Nullable [] places;
  private final TreeMap<Long, Entry> entries = new TreeMap<>();
  private byte[] lastBytes = new byte[0]; // of what was read
  private long readBytes;
  private long readMillis; // when the file had been changed
  private long lookedNanos;

  /** A map without a file. */
  PerfMap() {
    this.places = null;
  }

  private PerfMap(Path... places) {
    this.places = places;
  }

  /** Reads the file that the process has written, if any, as it sees its own /tmp and itself. */
  public static PerfMap of(int pid) {
    String name = "perf-" + idInside(pid) + ".map";
    PerfMap map = of(Path.of("/proc/" + pid + "/root/tmp", name), Path.of("/tmp", name));
    map.refresh();
    return map;
  }

  /** A map of the first of the files that is there when it is refreshed. */
  static PerfMap of(Path... places) {
    return new PerfMap(places);
  }

  /** Returns the id that a process has in its own namespace. */
  private static String idInside(int pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("NSpid:")) {
          return line.substring(line.lastIndexOf('\t') + 1).strip();
        }
      }
    } catch (IOException gone) {
      // its id here will do
    }
    return Integer.toString(pid);
  }

  /** Reads the file again if it has changed, but not more often than twice a second. */
  public void newRound() {
    if (places != null && System.nanoTime() - lookedNanos > REFRESH_NANOS) {
      refresh();
    }
  }

  /** Reads what is new in the file. */
  void refresh() {
    lookedNanos = System.nanoTime();
    for (Path file : places == null ? new Path[0] : places) {
      try {
        if (Files.isReadable(file) && Files.size(file) < MAX_BYTES) {
          readNew(file);
          return;
        }
      } catch (IOException gone) {
        // the next place
      }
    }
  }

  private void readNew(Path file) throws IOException {
    long changed = Files.getLastModifiedTime(file).toMillis();
    long size = Files.size(file);
    if (changed == readMillis && size == readBytes) {
      return;
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      long from = readBytes;
      boolean appended =
          size >= from
              && Arrays.equals(
                  bytes(channel, from - lastBytes.length, lastBytes.length), lastBytes);
      from = appended ? from : 0; // else the runtime has written all of it anew
      byte[] text = bytes(channel, from, size - from);
      int whole = text.length; // a line that is being written is read when it is whole
      while (whole > 0 && text[whole - 1] != '\n') {
        whole--;
      }
      add(Arrays.copyOf(text, whole));
      byte[] last = whole == 0 && appended ? lastBytes : Arrays.copyOf(text, whole);
      lastBytes = Arrays.copyOfRange(last, Math.max(0, last.length - COMPARED_BYTES), last.length);
      readBytes = from + whole;
      readMillis = changed;
    }
  }

  private static byte[] bytes(SeekableByteChannel channel, long from, long length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) length);
    channel.position(from);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // the rest
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /** Adds the lines of a file; lines that are none are passed over. Later code covers earlier. */
  void add(byte[] text) {
    new String(text, StandardCharsets.UTF_8).lines().forEach(this::addLine);
  }

  private void addLine(String line) {
    String[] words = line.strip().split("\\s+", 3);
    if (words.length < 3) {
      return;
    }
    try {
      long start = hex(words[0]);
      long size = hex(words[1]);
      if (size > 0 && start > 0 && start + size > start) {
        entries.subMap(start, start + size).clear();
        entries.put(start, new Entry(start + size, words[2]));
      }
    } catch (NumberFormatException noNumber) {
      // no line of this format
    }
  }

  public int size() {
    return entries.size();
  }

  /** Returns the name of the code at {@code address}, or null. */
  public @Nullable String at(long address) {
    Map.Entry<Long, Entry> entry = entries.floorEntry(address);
    return entry == null || address >= entry.getValue().end ? null : entry.getValue().name;
  }

  private static long hex(String word) {
    return Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16);
  }
}
