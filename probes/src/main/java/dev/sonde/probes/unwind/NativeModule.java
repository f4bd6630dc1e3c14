package dev.sonde.probes.unwind;

import dev.sonde.probes.elf.ElfImage;
import dev.sonde.probes.elf.ElfSymbol;
import dev.sonde.probes.elf.ElfSymbols;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A loaded ELF file: its symbols and its call frame information, each read when first needed. */
public final class NativeModule {
  private final String name;
  private final ElfImage image;
  private final Architecture architecture;
  private @Nullable ElfSymbols symbols;
  private @Nullable CallFrames frames;
  private boolean framesRead;

  NativeModule(String name, ElfImage image, Architecture architecture) {
    this.name = name;
    this.image = image;
    this.architecture = architecture;
  }

  /** Returns the file's name without its folder. */
  public String name() {
    return name;
  }

  public ElfImage image() {
    return image;
  }

  /** Returns the symbol of that name that the file exports, function or data; or null. */
  public @Nullable ElfSymbol exported(String symbol) {
    try {
      return image.exported(symbol).orElse(null);
    } catch (IOException | ObjectFormatException unreadable) {
      return null;
    }
  }

  /** Returns the function that holds {@code address}, which is the file's, not the process's. */
  @Nullable ElfSymbol symbol(long address) {
    return symbols().at(address);
  }

  /** Returns the file's functions: its own, or those of its debug file where it was stripped. */
  public synchronized ElfSymbols symbols() {
    ElfSymbols known = symbols;
    if (known == null) {
      known = readSymbols();
      symbols = known;
    }
    return known;
  }

  private ElfSymbols readSymbols() {
    try {
      ElfSymbols own = image.symbols();
      Optional<String> id = image.hasSymbolTable() ? Optional.empty() : image.buildId();
      if (id.isPresent() && id.get().length() > 2) {
        Path debug =
            Path.of(
                "/usr/lib/debug/.build-id",
                id.get().substring(0, 2),
                id.get().substring(2) + ".debug");
        return Files.isReadable(debug) ? ElfImage.open(debug).symbols() : own;
      }
      return own;
    } catch (IOException | ObjectFormatException unreadable) {
      return ElfSymbols.of();
    }
  }

  /** Returns the row for an address of the file, null where there is none. */
  synchronized @Nullable FrameRow row(long address) {
    try {
      if (!framesRead) {
        framesRead = true;
        frames = CallFrames.of(image, architecture);
      }
      return frames == null ? null : frames.row(address);
    } catch (IOException | ObjectFormatException unreadable) {
      return null;
    }
  }
}
