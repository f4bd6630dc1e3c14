package dev.sonde.probes.unwind;

import dev.sonde.probes.elf.ElfImage;
import dev.sonde.probes.elf.ElfSymbol;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The ELF files that a process has loaded, by address. Knows them after the process is gone, as far
 * as it has seen them before. One thread at a time.
 */
public final class NativeCode {
  private static final int MAX_VDSO_BYTES = 1 << 20;
  private static final long REFRESH_NANOS =
      100_000_000L; // unknown addresses cost a read at most so often

  /** A name for an address. */
  public record Symbol(@Nullable String function, String module, long offset) {}

  /** Where a pc's code lies: its module, and the pc as the file counts. */
  private record Place(NativeModule module, long address) {}

  private static final FrameRow NO_ROW = new FrameRow(1);

  private final int pid;
  private final Architecture architecture;
  private final TargetMemory memory;
  private final NativeStep step;
  private final Map<String, Optional<NativeModule>> modules = new HashMap<>();
  private final Map<Mapping, Optional<NativeModule>> mapped = new IdentityHashMap<>();
  private final PcCache<FrameRow> rows = new PcCache<>();
  private ProcessMaps maps;
  private long readNanos;

  /**
   * @throws IOException when the process's mappings cannot be read
   */
  public NativeCode(int pid, Architecture architecture, TargetMemory memory) throws IOException {
    this.pid = pid;
    this.architecture = architecture;
    this.memory = memory;
    this.step = new NativeStep(architecture);
    this.maps = ProcessMaps.of(pid);
    this.readNanos = System.nanoTime();
  }

  public Architecture architecture() {
    return architecture;
  }

  public ProcessMaps maps() {
    return maps;
  }

  /** Tells whether an ELF file's insns may lie at {@code address}. */
  public boolean isFileCode(long address) {
    Mapping mapping = mapping(address);
    return mapping != null && mapping.executable() && module(mapping) != null;
  }

  /** Tells whether insns that are of no file may lie at {@code address}. */
  public boolean isGeneratedCode(long address) {
    Mapping mapping = mapping(address);
    return mapping != null && mapping.executable() && !mapping.path().startsWith("/");
  }

  /**
   * Turns the registers of the frame at {@code lookup} (the pc, or in a caller the byte before it)
   * into those of its caller.
   *
   * @return null when that went well; "" where the stack ends by rule; else what was missing
   */
  public @Nullable String step(long lookup, Registers registers, StackWindow stack) {
    FrameRow row = row(lookup);
    return row == null ? "no call frame information" : step.apply(row, registers, stack);
  }

  /** Tells whether the frame at {@code lookup} is a signal's: its caller was interrupted. */
  public boolean isSignalFrame(long lookup) {
    FrameRow row = row(lookup);
    return row != null && row.signalFrame;
  }

  private @Nullable FrameRow row(long lookup) {
    FrameRow known = rows.get(lookup);
    if (known == null) {
      Place place = place(lookup);
      if (place == null) {
        return null; // perhaps not mapped yet
      }
      FrameRow read = place.module.row(place.address);
      known = read == null ? NO_ROW : read;
      rows.put(lookup, known);
    }
    return known == NO_ROW ? null : known;
  }

  /** Returns what the files say about {@code address}; null when it is in no file. */
  public @Nullable Symbol symbol(long address) {
    Place place = place(address);
    if (place == null) {
      Mapping mapping = mapping(address);
      return mapping == null || mapping.path().isEmpty()
          ? null
          : new Symbol(null, baseName(mapping.path()), address - mapping.start());
    }
    ElfSymbol symbol = place.module.symbol(place.address);
    return symbol == null
        ? new Symbol(null, place.module.name(), place.address)
        : new Symbol(symbol.name(), place.module.name(), place.address - symbol.address());
  }

  /** Returns the loaded file of that name, as {@code libjvm.so}, or null. */
  public @Nullable NativeModule module(String fileName) {
    for (Mapping mapping : maps.all()) {
      if (mapping.executable() && baseName(mapping.path()).equals(fileName)) {
        return module(mapping);
      }
    }
    return null;
  }

  /** Returns where the process has the byte at {@code address} of that file; 0 when it has not. */
  public long loadedAddress(NativeModule module, long address) {
    for (Mapping mapping : maps.all()) {
      if (mapping.executable() && module(mapping) == module) {
        return address + mapping.start() - module.image().addressOf(mapping.fileOffset());
      }
    }
    return 0;
  }

  private @Nullable Place place(long address) {
    Mapping mapping = mapping(address);
    NativeModule module = mapping == null || !mapping.executable() ? null : module(mapping);
    if (module == null) {
      return null;
    }
    long inFile = address - mapping.start() + mapping.fileOffset();
    long virtual = module.image().addressOf(inFile);
    return virtual < 0 ? null : new Place(module, virtual);
  }

  private @Nullable Mapping mapping(long address) {
    Mapping mapping = maps.at(address);
    if (mapping == null && address > 0 && System.nanoTime() - readNanos > REFRESH_NANOS) {
      readNanos = System.nanoTime();
      try {
        maps = ProcessMaps.of(pid);
        mapped.clear();
        mapping = maps.at(address);
      } catch (IOException gone) {
        return null; // what was seen before stays
      }
    }
    return mapping;
  }

  private @Nullable NativeModule module(Mapping mapping) {
    Optional<NativeModule> known = mapped.get(mapping);
    if (known == null) {
      String key = mapping.path() + '#' + mapping.inode();
      known = modules.computeIfAbsent(key, k -> open(mapping));
      mapped.put(mapping, known);
    }
    return known.orElse(null);
  }

  private Optional<NativeModule> open(Mapping mapping) {
    String path = mapping.path();
    try {
      if (path.equals("[vdso]")) {
        int size = (int) Math.min(MAX_VDSO_BYTES, mapping.end() - mapping.start());
        byte[] bytes = memory.read(mapping.start(), size);
        return bytes == null
            ? Optional.empty()
            : Optional.of(new NativeModule(path, ElfImage.of(bytes, path), architecture));
      }
      if (!path.startsWith("/")) {
        return Optional.empty();
      }
      return Optional.of(
          new NativeModule(baseName(path), ElfImage.open(file(mapping)), architecture));
    } catch (IOException | ObjectFormatException notToBeRead) {
      return Optional.empty();
    }
  }

  /** The file as the process sees it: in its own root, or, when it was deleted, by its mapping. */
  private Path file(Mapping mapping) {
    Path inRoot = Path.of("/proc/" + pid + "/root" + mapping.path());
    if (Files.isReadable(inRoot)) {
      return inRoot;
    }
    Path mapped =
        Path.of("/proc/%d/map_files/%x-%x".formatted(pid, mapping.start(), mapping.end()));
    return Files.isReadable(mapped) ? mapped : Path.of(mapping.path());
  }

  private static String baseName(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.endsWith(" (deleted)") ? name.substring(0, name.length() - 10) : name;
  }
}
