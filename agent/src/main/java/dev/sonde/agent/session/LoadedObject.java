package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig;
import dev.sonde.agent.config.AgentConfig.ObjectConfig;
import dev.sonde.agent.config.AgentConfig.ProgramConfig;
import dev.sonde.agent.config.NearestName;
import dev.sonde.probes.Attachment;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.UnboundProgram;
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.UnsupportedProgram;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One object file of a session, live: its maps, its programs verified and ready to run. A program
 * may be replaced by one of a later build, which goes on with the maps.
 */
final class LoadedObject {
  private final ObjectConfig config;
  private final BpfCollection collection;
  private final List<BpfCollection> laterBuilds = new ArrayList<>();
  private final List<LoadedProgram> programs = new ArrayList<>();

  private LoadedObject(ObjectConfig config, BpfCollection collection) {
    this.config = config;
    this.collection = collection;
  }

  static LoadedObject load(ObjectConfig object, AgentConfig session, PinnedMaps pinned)
      throws SessionException {
    LoadedObject loaded =
        new LoadedObject(object, collection(object, object.file(), Map.of(), pinned));
    try {
      loaded.checkNames();
      loaded.checkUsable();
      MapStorage.apply(loaded.collection.maps(), object.maps());
      loaded.addPrograms(session);
      loaded.fillProgramArrays();
      return loaded;
    } catch (SessionException | RuntimeException | LinkageError e) {
      loaded.close();
      throw e;
    }
  }

  String fileName() {
    return config.file().getFileName().toString();
  }

  BpfCollection collection() {
    return collection;
  }

  /** Returns this object and the builds that programs of it have been replaced from. */
  List<BpfCollection> builds() {
    List<BpfCollection> all = new ArrayList<>(List.of(collection));
    all.addAll(laterBuilds);
    return all;
  }

  /** Returns which of the programs that run here {@code file} has, too: those that it replaces. */
  Build build(Path file, AgentConfig session, PinnedMaps pinned) throws SessionException {
    BpfCollection later = collection(config, file, collection.maps(), pinned);
    List<ResolvedProgram> replacements = new ArrayList<>();
    List<ProgramConfig> settings = new ArrayList<>();
    try {
      new ReplacedTypes(file, collection.spec(), later.spec()).requireSame(session.export());
      for (LoadedProgram running : programs) {
        ResolvedProgram next = later.program(running.name()).orElse(null);
        if (next != null) {
          checkSame(file, running.verified().program(), next);
          replacements.add(next);
          settings.add(running.settings());
        }
        Optional<UnboundProgram> unbound = later.unbound(running.name());
        if (unbound.isPresent()) {
          throw new SessionException(unbound.get().reason());
        }
      }
      return new Build(later, ready(replacements, settings, session));
    } catch (SessionException | RuntimeException | LinkageError e) {
      later.close();
      throw e;
    }
  }

  /**
   * A later build of the object, verified and compiled.
   *
   * @param programs in the order of those that they are to replace
   */
  record Build(BpfCollection collection, List<LoadedProgram> programs) {
    void close() {
      programs.forEach(LoadedProgram::close);
      collection.close();
    }
  }

  /** Takes over what {@link #build} made; the programs that are replaced run nowhere any more. */
  void adopt(Build build) throws SessionException {
    laterBuilds.add(build.collection());
    for (LoadedProgram next : build.programs()) {
      programs.replaceAll(old -> old.name().equals(next.name()) ? next : old);
    }
    fillProgramArrays();
  }

  private void checkSame(Path file, ResolvedProgram old, ResolvedProgram next)
      throws SessionException {
    boolean same =
        old.spec().type() == next.spec().type()
            && old.spec().section().equals(next.spec().section());
    if (!same) {
      throw new SessionException(
          "object %s: program \"%s\": got section %s, want %s as the one that it replaces"
              .formatted(file, old.spec().name(), next.spec().section(), old.spec().section()));
    }
  }

  List<LoadedProgram> programs() {
    return programs;
  }

  List<Attachment> attachments() throws SessionException {
    List<Attachment> attachments = new ArrayList<>();
    for (LoadedProgram program : programs) {
      attachments.addAll(program.attachments());
    }
    return attachments;
  }

  void close() {
    programs.forEach(LoadedProgram::close);
    laterBuilds.forEach(BpfCollection::close);
    collection.close();
  }

  private static BpfCollection collection(
      ObjectConfig object, Path file, Map<String, BpfMap> kept, PinnedMaps pinned)
      throws SessionException {
    try {
      CollectionSpec spec = MapStorage.sized(ObjectTypes.read(file), object.maps());
      return BpfCollection.create(spec, object.variables(), kept, pinned, Kfuncs::byName);
    } catch (NoSuchFileException e) {
      throw new SessionException("object %s: no such file".formatted(file), e);
    } catch (IOException e) {
      throw new SessionException("object %s: cannot read: %s".formatted(file, e), e);
    } catch (ObjectFormatException | BpfException | IllegalArgumentException e) {
      throw new SessionException("object %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** A program that the configuration names must be in the object. */
  private void checkNames() throws SessionException {
    List<String> names = new ArrayList<>();
    collection.programs().forEach(program -> names.add(program.spec().name()));
    collection.unbound().forEach(program -> names.add(program.spec().name()));
    collection.spec().unsupported().forEach(program -> names.add(program.name()));
    for (ProgramConfig program : config.programs()) {
      if (!names.contains(program.name())) {
        Optional<String> near = NearestName.of(program.name(), names);
        throw new SessionException(
            "object %s: program \"%s\": not in the object, want %s"
                .formatted(
                    config.file(),
                    program.name(),
                    near.orElse("one of " + String.join(", ", names))));
      }
    }
  }

  /** What the object has and cannot be used here must not be wanted. */
  private void checkUsable() throws SessionException {
    for (UnboundProgram unbound : collection.unbound()) {
      if (settings(unbound.spec().name()).enabled()) {
        throw new SessionException(unbound.reason());
      }
    }
    for (UnsupportedProgram left : collection.spec().unsupported()) {
      if (config.programs().stream().anyMatch(p -> p.enabled() && p.name().equals(left.name()))) {
        throw new SessionException(
            "object %s: program \"%s\": %s".formatted(config.file(), left.name(), left.reason()));
      }
    }
  }

  private void addPrograms(AgentConfig session) throws SessionException {
    List<ResolvedProgram> wanted = new ArrayList<>();
    List<ProgramConfig> settings = new ArrayList<>();
    for (ResolvedProgram program : collection.programs()) {
      ProgramConfig own = settings(program.spec().name());
      if (own.enabled()) {
        wanted.add(program);
        settings.add(own);
      }
    }
    programs.addAll(ready(wanted, settings, session));
  }

  /** Verifies and compiles programs, each with the settings at the same place. */
  private List<LoadedProgram> ready(
      List<ResolvedProgram> wanted, List<ProgramConfig> settings, AgentConfig session)
      throws SessionException {
    List<VerifiedProgram> verified = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      verified.add(verify(EventContext.of(wanted.get(i), settings.get(i)), session));
    }
    List<Engines.Choice> engines = Engines.choose(verified, session.jit());
    List<LoadedProgram> ready = new ArrayList<>();
    for (int i = 0; i < engines.size(); i++) {
      ready.add(new LoadedProgram(settings.get(i), verified.get(i), engines.get(i)));
    }
    return ready;
  }

  private void fillProgramArrays() throws SessionException {
    try {
      collection.fillProgramArrays(programs.stream().map(LoadedProgram::executable).toList());
    } catch (IllegalArgumentException e) {
      throw new SessionException("object %s: %s".formatted(config.file(), e.getMessage()), e);
    }
  }

  private ProgramConfig settings(String name) {
    return config.programs().stream()
        .filter(program -> program.name().equals(name))
        .findFirst()
        .orElse(ProgramConfig.asInObject(name));
  }

  private VerifiedProgram verify(ResolvedProgram program, AgentConfig session)
      throws SessionException {
    VerifierOptions options = new VerifierOptions(1, false, session.maxProcessedInsns());
    try {
      return Verifier.verify(program, options);
    } catch (VerificationException e) {
      throw new SessionException(
          "object %s: program \"%s\": rejected by the verifier%n%s%n%s"
              .formatted(
                  config.file(), program.spec().name(), e.log().stripTrailing(), e.getMessage()),
          e);
    }
  }
}
