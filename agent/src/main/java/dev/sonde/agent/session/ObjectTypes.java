package dev.sonde.agent.session;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.jfr.JfrBtf;
import dev.sonde.vm.btf.CoreTarget;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.elf.TargetBtf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads what programs come in, with the types that an object's CO-RE relocations are about: the
 * kernel's, or those of this JVM's JFR events.
 */
public final class ObjectTypes {
  private ObjectTypes() {}

  /** Reads an object file, or a script (.asm). */
  public static CollectionSpec read(Path file) throws IOException {
    return ScriptReader.isScript(file)
        ? ScriptReader.read(file)
        : ObjectReader.read(file, of(file));
  }

  /**
   * Returns where the types of {@code object} come from, asked only if it has relocations. One that
   * speaks of events is not held to the kernel's types: no event has any.
   */
  private static Supplier<Optional<CoreTarget>> of(Path object) {
    return () -> speaksOfEvents(object) ? events() : TargetBtf.kernel();
  }

  private static Optional<CoreTarget> events() {
    try {
      return Optional.of(JfrBtf.target());
    } catch (AttachException noFlightRecorder) {
      return Optional.empty();
    }
  }

  /** The struct's name stands in the object's BTF as it is. */
  private static boolean speaksOfEvents(Path object) {
    try {
      String text = new String(Files.readAllBytes(object), StandardCharsets.ISO_8859_1);
      return text.contains(JfrBtf.STRUCT_PREFIX);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
