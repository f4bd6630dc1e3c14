package dev.sonde.probes.uprobe;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.elf.ElfImage;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A file that holds native code.
 *
 * @param file where it can be opened from here
 * @param image what its headers say
 */
record Binary(Path file, ElfImage image) {

  static Binary open(Path file) {
    try {
      return new Binary(file, ElfImage.open(file));
    } catch (IOException e) {
      throw new AttachException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
    } catch (ObjectFormatException e) {
      throw new AttachException(e.getMessage(), e);
    }
  }

  String name() {
    Path name = file.getFileName();
    return name == null ? file.toString() : name.toString();
  }
}
