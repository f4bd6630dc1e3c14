package dev.sonde.agent.session;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.jfr.JfrBtf;
import dev.sonde.probes.uprobe.Tracefs;
import dev.sonde.probes.uprobe.TracepointStruct;
import dev.sonde.vm.btf.CoreTarget;
import dev.sonde.vm.btf.StructTypes;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.elf.TargetBtf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Reads what programs come in, with the types that an object's CO-RE relocations are about: the
 * kernel's, or those of this JVM's JFR events and this kernel's tracepoints.
 */
public final class ObjectTypes {
  private static final Pattern TRACEPOINT =
      Pattern.compile(TracepointStruct.PREFIX + "[A-Za-z0-9_]+");

  private ObjectTypes() {}

  /** Reads an object file, or a script (.asm). */
  public static CollectionSpec read(Path file) throws IOException {
    return ScriptReader.isScript(file)
        ? ScriptReader.read(file)
        : ObjectReader.read(file, of(file));
  }

  /**
   * Returns where the types of {@code object} come from, asked only if it has relocations. One that
   * speaks of events or tracepoints is not held to the kernel's types: no record has any.
   */
  private static Supplier<Optional<CoreTarget>> of(Path object) {
    return () -> {
      String text = text(object);
      boolean events = text.contains(JfrBtf.STRUCT_PREFIX);
      Set<String> tracepoints = new TreeSet<>();
      TRACEPOINT.matcher(text).results().forEach(found -> tracepoints.add(found.group()));
      return !events && tracepoints.isEmpty() ? TargetBtf.kernel() : structs(events, tracepoints);
    };
  }

  private static Optional<CoreTarget> structs(boolean events, Set<String> tracepoints) {
    StructTypes types = new StructTypes();
    try {
      if (events) {
        JfrBtf.addTo(types);
      }
      Tracefs tracefs = Tracefs.running();
      for (String struct : tracepoints) {
        tracefs.ofStruct(struct).ifPresent(format -> TracepointStruct.of(format).addTo(types));
      }
      return Optional.of(types.target());
    } catch (AttachException neitherRecorderNorTracefs) {
      return Optional.empty();
    }
  }

  /** The names of structs stand in the object's BTF as they are. */
  private static String text(Path object) {
    try {
      return new String(Files.readAllBytes(object), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
