package dev.sonde.vm.elf;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfReader;
import dev.sonde.vm.btf.CoreTarget;
import dev.sonde.vm.btf.KernelBtf;
import dev.sonde.vm.btf.ObjectBytes;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the types come from that CO-RE relocations are resolved against. */
public final class TargetBtf {
  private static final int ELF_MAGIC_BYTE = 0x7f;

  private TargetBtf() {}

  /** Returns the types of the running kernel; empty where it does not show them. */
  public static Optional<CoreTarget> kernel() {
    try {
      return Files.isReadable(KernelBtf.FILE)
          ? Optional.of(read(KernelBtf.FILE))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns the types of a raw BTF file or of the .BTF section of an object.
   *
   * @throws ObjectFormatException if it is neither
   */
  public static CoreTarget read(Path file) throws IOException {
    ObjectBytes bytes = ObjectBytes.of(Files.readAllBytes(file), file.toString());
    return new CoreTarget(types(bytes));
  }

  private static Btf types(ObjectBytes bytes) {
    if (bytes.size() == 0 || bytes.u8(0) != ELF_MAGIC_BYTE) {
      return BtfReader.read(bytes);
    }
    ElfSection section =
        ElfFile.read(bytes)
            .section(".BTF")
            .orElseThrow(
                () -> new ObjectFormatException(bytes.where(), "section .BTF", "none", "one"));
    return BtfReader.read(section.bytes());
  }
}
