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
import dev.sonde.vm.btf.ObjectFormatException;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One object file of a session, live: its maps, its programs verified and ready to run. */
final class LoadedObject {
  private final ObjectConfig config;
  private final BpfCollection collection;
  private final List<LoadedProgram> programs = new ArrayList<>();

  private LoadedObject(ObjectConfig config, BpfCollection collection) {
    this.config = config;
    this.collection = collection;
  }

  static LoadedObject load(ObjectConfig object, AgentConfig session, PinnedMaps pinned)
      throws SessionException {
    LoadedObject loaded = new LoadedObject(object, collection(object, pinned));
    try {
      loaded.checkNames();
      MapStorage.apply(loaded.collection.maps(), object.maps());
      for (ResolvedProgram program : loaded.collection.programs()) {
        loaded.addProgram(program, session);
      }
      loaded.fillProgramArrays();
      return loaded;
    } catch (SessionException | RuntimeException | LinkageError e) {
      loaded.close();
      throw e;
    }
  }

  BpfCollection collection() {
    return collection;
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
    collection.close();
  }

  private static BpfCollection collection(ObjectConfig object, PinnedMaps pinned)
      throws SessionException {
    try {
      CollectionSpec spec = MapStorage.sized(ObjectTypes.read(object.file()), object.maps());
      return BpfCollection.create(spec, object.variables(), pinned, Kfuncs::byName);
    } catch (NoSuchFileException e) {
      throw new SessionException("object %s: no such file".formatted(object.file()), e);
    } catch (IOException e) {
      throw new SessionException("object %s: cannot read: %s".formatted(object.file(), e), e);
    } catch (ObjectFormatException | BpfException | IllegalArgumentException e) {
      throw new SessionException("object %s: %s".formatted(object.file(), e.getMessage()), e);
    }
  }

  /** A program that the configuration names must be in the object. */
  private void checkNames() throws SessionException {
    List<String> names =
        collection.programs().stream().map(program -> program.spec().name()).toList();
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

  private void addProgram(ResolvedProgram program, AgentConfig session) throws SessionException {
    ProgramConfig settings = settings(program.spec().name());
    if (settings.enabled()) {
      VerifiedProgram verified = verify(EventContext.of(program, settings), session);
      ExecutableProgram executable = Engines.executable(verified, session.jit());
      programs.add(new LoadedProgram(settings, verified, executable));
    }
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
