package dev.sonde.agent.cli;

import dev.sonde.agent.config.AgentConfig.ProgramConfig;
import dev.sonde.agent.session.EventContext;
import dev.sonde.agent.session.ObjectTypes;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.UnboundProgram;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Object files as commands take them. */
final class Objects {
  private static final int STACK_BYTES = 127 * Long.BYTES; // the kernel's perf_event_max_stack

  private Objects() {}

  static BpfCollection open(Path file) throws IOException {
    try {
      return BpfCollection.create(
          sized(ObjectTypes.read(file)), Map.of(), new PinnedMaps(), Kfuncs::byName);
    } catch (NoSuchFileException e) {
      throw new IOException("object %s: no such file".formatted(file), e);
    } catch (IOException e) {
      throw new IOException("object %s: cannot read: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * Gives an entry to each map that has none yet, and a depth to stacks, because tools say how many
   * when they load the object: no verdict depends on it.
   */
  private static CollectionSpec sized(CollectionSpec spec) {
    return spec.withMaps(spec.maps().stream().map(Objects::sized).toList());
  }

  private static MapSpec sized(MapSpec map) {
    MapSpec sized = map.waitsForSize() ? map.withMaxEntries(1) : map;
    boolean depthless = map.type() == MapType.STACK_TRACE && map.valueSizeBytes() == 0;
    return depthless ? sized.withValueSizeBytes(STACK_BYTES) : sized;
  }

  /** Returns the program called {@code name}, or all when it is null. */
  static List<ResolvedProgram> chosen(BpfCollection collection, @Nullable String name)
      throws IOException {
    if (name == null) {
      return collection.programs().stream().map(Objects::asAttached).toList();
    }
    Optional<UnboundProgram> unbound = collection.unbound(name);
    if (unbound.isPresent()) {
      throw new IOException(unbound.get().reason());
    }
    ResolvedProgram program = collection.program(name).orElse(null);
    if (program == null) {
      List<String> names = collection.programs().stream().map(p -> p.spec().name()).toList();
      throw new IOException(
          "object %s: program \"%s\": not in the object, want one of %s"
              .formatted(collection.spec().name(), name, String.join(", ", names)));
    }
    return List.of(asAttached(program));
  }

  /** Says that there is no such object before a JVM is asked for anything. */
  static void requireExists(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException("object %s: no such file".formatted(file));
    }
  }

  /** A program for a JFR event is held to the event's context. */
  private static ResolvedProgram asAttached(ResolvedProgram program) {
    return EventContext.of(program, ProgramConfig.asInObject(program.spec().name()));
  }

  /** Returns the program called {@code name}, or the only one when it is null. */
  static ResolvedProgram one(BpfCollection collection, @Nullable String name) throws IOException {
    List<ResolvedProgram> programs = chosen(collection, name);
    if (programs.size() != 1) {
      List<String> names = programs.stream().map(p -> p.spec().name()).toList();
      throw new IOException(
          "object %s: got %d programs, want one: --program %s"
              .formatted(collection.spec().name(), names.size(), String.join("|", names)));
    }
    return programs.get(0);
  }
}
