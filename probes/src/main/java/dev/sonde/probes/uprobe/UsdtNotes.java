package dev.sonde.probes.uprobe;

import dev.sonde.probes.elf.ElfImage;
import dev.sonde.probes.elf.ElfNote;
import dev.sonde.probes.elf.ElfSection;
import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The static probes of a binary: section {@code .note.stapsdt}, owner "stapsdt", type 3.
 *
 * <pre>
 * u64 address, u64 base, u64 semaphore, provider NUL, name NUL, "SIZE@OPERAND ..." NUL
 * </pre>
 *
 * Addresses are right when {@code .stapsdt.base} lies at {@code base}; a prelinked file has moved
 * it, and everything else by as much.
 *
 * @see <a href="https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation">systemtap</a>
 */
public final class UsdtNotes {
  private static final int TYPE_PROBE = 3;
  private static final int PROVIDER_AT = 24;
  private static final int TEXT_LIMIT_BYTES = 1 << 12;

  private UsdtNotes() {}

  /**
   * Returns all locations of all probes, as the file lists them; none where it has no such section.
   *
   * @throws IOException when the file cannot be read
   * @throws ObjectFormatException when a note is not what it should be
   */
  public static List<UsdtProbe> read(ElfImage image) throws IOException {
    long base = image.section(".stapsdt.base").map(ElfSection::address).orElse(0L);
    List<UsdtProbe> probes = new ArrayList<>();
    for (ObjectBytes note : notes(image)) {
      probes.add(probe(note, base));
    }
    return probes;
  }

  /** Returns {@code provider:name} of all probes in order, whatever their arguments are. */
  public static Set<String> names(ElfImage image) throws IOException {
    Set<String> names = new TreeSet<>();
    for (ObjectBytes note : notes(image)) {
      String provider = provider(note);
      names.add(provider + ":" + note.text(nameAt(provider), TEXT_LIMIT_BYTES));
    }
    return names;
  }

  private static List<ObjectBytes> notes(ElfImage image) throws IOException {
    Optional<ElfSection> section = image.section(".note.stapsdt");
    List<ObjectBytes> notes = new ArrayList<>();
    if (section.isPresent()) {
      for (ElfNote note : image.notes(section.get())) {
        if (note.owner().equals("stapsdt") && note.type() == TYPE_PROBE) {
          notes.add(note.description());
        }
      }
    }
    return notes;
  }

  private static String provider(ObjectBytes note) {
    return note.text(PROVIDER_AT, TEXT_LIMIT_BYTES);
  }

  private static int nameAt(String provider) {
    return PROVIDER_AT + bytes(provider) + 1;
  }

  private static UsdtProbe probe(ObjectBytes note, long base) {
    long moved = base == 0 ? 0 : base - note.i64(8);
    long semaphore = note.i64(16);
    String provider = provider(note);
    int nameAt = nameAt(provider);
    String name = note.text(nameAt, TEXT_LIMIT_BYTES);
    String arguments = note.text(nameAt + bytes(name) + 1, TEXT_LIMIT_BYTES);
    return new UsdtProbe(
        provider,
        name,
        note.i64(0) + moved,
        semaphore == 0 ? 0 : semaphore + moved,
        arguments(note, provider + ":" + name, arguments));
  }

  private static int bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
  }

  private static List<UsdtArgument> arguments(ObjectBytes note, String probe, String text) {
    List<UsdtArgument> all = new ArrayList<>();
    try {
      for (String word : words(text)) {
        all.add(UsdtArgument.parse(word));
      }
      return all;
    } catch (IllegalArgumentException e) {
      throw new ObjectFormatException(note.where(), probe, e.getMessage(), "another form");
    }
  }

  /** Words are apart by spaces, of which an aarch64 operand has one inside its brackets. */
  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (String word : text.strip().split("\\s+(?![^\\[]*\\])")) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }
}
