package dev.sonde.vm.btf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The types of the running kernel, for who asks while programs run: read once, by whoever loads a
 * program that will ask, because a program's own thread must not read files.
 */
public final class KernelBtf {
  /** Where Linux shows its own types, if it was built with CONFIG_DEBUG_INFO_BTF. */
  public static final Path FILE = Path.of("/sys/kernel/btf/vmlinux");

  private static volatile @Nullable Btf types;

  private KernelBtf() {}

  /** Reads the types unless they are there already; nothing happens where there are none. */
  public static synchronized void load() throws IOException {
    if (types == null && Files.isReadable(FILE)) {
      types = BtfReader.read(ObjectBytes.of(Files.readAllBytes(FILE), FILE.toString()));
    }
  }

  /** Returns the types that were loaded, or null. */
  public static @Nullable Btf loaded() {
    return types;
  }
}
