package dev.sonde.vm;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.ExternSpec;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of the running kernel, which objects ask for by {@code extern ... __kconfig}:
 * CONFIG_* as {@code /proc/config.gz} or {@code /boot/config-RELEASE} has them, and libbpf's own
 * LINUX_* values. Where the kernel keeps it secret, only weak externs load, as 0.
 */
final class KernelConfig {
  private final Map<String, String> values;
  private final String release;

  KernelConfig(Map<String, String> values, String release) {
    this.values = values;
    this.release = release;
  }

  /**
   * Returns the configuration of the running kernel; without any CONFIG_* if it is not readable.
   */
  static KernelConfig running() {
    String release = System.getProperty("os.version", "0");
    try {
      Path packed = Path.of("/proc/config.gz");
      if (Files.isReadable(packed)) {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
          return new KernelConfig(parse(text(in)), release);
        }
      }
      Path plain = Path.of("/boot/config-" + release);
      if (Files.isReadable(plain)) {
        return new KernelConfig(parse(Files.readString(plain)), release);
      }
    } catch (IOException unreadable) {
      // as good as absent: strong externs are refused by name below
    }
    return new KernelConfig(Map.of(), release);
  }

  /** Tells whether {@code spec} needs any of it: reading it all takes milliseconds. */
  static boolean isAskedFor(CollectionSpec spec) {
    for (ExternSpec extern : spec.externs()) {
      if (extern.kind() == ExternSpec.Kind.KCONFIG) {
        return true;
      }
    }
    return false;
  }

  static Map<String, String> parse(String text) {
    Map<String, String> values = new HashMap<>();
    for (String line : text.split("\n")) {
      int equals = line.indexOf('=');
      if (line.startsWith("CONFIG_") && equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1).strip());
      }
    }
    return values;
  }

  /**
   * Returns the value of every .kconfig extern of {@code spec} that this kernel knows.
   *
   * @throws IllegalArgumentException if one that is not weak is unknown or of another type
   */
  Map<String, Object> valuesFor(CollectionSpec spec) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (ExternSpec extern : spec.externs()) {
      if (extern.kind() != ExternSpec.Kind.KCONFIG || spec.btf() == null) {
        continue;
      }
      Object value = value(extern, spec.btf());
      if (value != null) {
        all.put(extern.name(), value);
      } else if (!extern.weak()) {
        throw new IllegalArgumentException(
            "object \"%s\": kconfig extern \"%s\": not known of this kernel, want it __weak"
                .formatted(spec.name(), extern.name()));
      }
    }
    return all;
  }

  private @Nullable Object value(ExternSpec extern, Btf btf) {
    switch (extern.name()) {
      case "LINUX_KERNEL_VERSION":
        return version(release);
      case "LINUX_HAS_BPF_COOKIE", "LINUX_HAS_SYSCALL_WRAPPER":
        return 1; // attach cookies are there always; x86-64 has wrapped its syscalls since 4.17
      default:
        String text = values.get(extern.name());
        return text == null ? null : typed(text, btf.resolved(extern.typeId()));
    }
  }

  /** Returns KERNEL_VERSION(major, minor, patch) of a release like 6.18.44-generic. */
  static int version(String release) {
    String[] parts = release.replaceFirst("[^0-9.].*", "").split("\\.", 4);
    int version = 0;
    for (int i = 0; i < 3; i++) {
      boolean number = i < parts.length && parts[i].matches("[0-9]{1,9}");
      version = version << 8 | (number ? Math.min(Integer.parseInt(parts[i]), 255) : 0);
    }
    return version;
  }

  private static Object typed(String text, BtfType type) {
    if (text.startsWith("\"")) {
      return text.substring(1, Math.max(1, text.length() - 1));
    }
    boolean oneLetter = text.equals("y") || text.equals("m") || text.equals("n");
    if (!oneLetter) {
      return integer(text);
    }
    if (type instanceof BtfType.Enum) {
      return "nym".indexOf(text); // enum libbpf_tristate: no, yes, module
    }
    boolean isChar = type instanceof BtfType.Int integer && !integer.isBool();
    return isChar ? (Object) (int) text.charAt(0) : (Object) text.equals("y");
  }

  private static Object integer(String text) {
    try {
      return text.startsWith("0x") ? new BigInteger(text.substring(2), 16) : new BigInteger(text);
    } catch (NumberFormatException notANumber) {
      return text;
    }
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }
}
