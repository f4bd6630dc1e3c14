package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig;
import dev.sonde.probes.Link;
import dev.sonde.vm.PinnedMaps;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the programs of a later build of an object in the place of those that run: all are verified
 * and compiled before the first is replaced.
 */
final class ProgramReplacement {
  private final AgentConfig config;
  private final PinnedMaps pinned;
  private final List<LoadedObject> objects;
  private final Link link;

  ProgramReplacement(AgentConfig config, PinnedMaps pinned, List<LoadedObject> objects, Link link) {
    this.config = config;
    this.pinned = pinned;
    this.objects = objects;
    this.link = link;
  }

  /**
   * Replaces all programs that the later build has, too.
   *
   * @param file where it is to be read, which may be a copy
   * @param fileName what the user calls it
   * @return the names of the programs that were replaced
   */
  List<String> replace(Path file, String fileName) throws SessionException {
    LoadedObject object = objectOf(fileName);
    LoadedObject.Build build = object.build(file, config, pinned);
    if (build.programs().isEmpty()) {
      build.close();
      throw new SessionException(
          "object %s: no program of it runs in the session, want one of %s"
              .formatted(file, names(object)));
    }
    List<LoadedProgram> replaced = new ArrayList<>();
    try {
      for (LoadedProgram next : build.programs()) {
        replaced.add(swap(object, next));
      }
    } finally {
      object.adopt(build); // what could not be swapped is never run, and freed with the session
    }
    replaced.forEach(LoadedProgram::close);
    return replaced.stream().map(LoadedProgram::name).toList();
  }

  /** Swaps all attachments of the program that is called as {@code next} is; returns it. */
  private LoadedProgram swap(LoadedObject object, LoadedProgram next) throws SessionException {
    int index = 0;
    for (LoadedObject each : objects) {
      for (LoadedProgram running : each.programs()) {
        int attachments = running.attachments().size();
        if (each == object && running.name().equals(next.name())) {
          for (int i = 0; i < attachments; i++) {
            link.replace(index + i, next.executable());
          }
          return running;
        }
        index += attachments;
      }
    }
    throw new IllegalStateException(next.name() + ": replaces nothing");
  }

  /** An object is known by its file's name; the only one of a session may have any. */
  private LoadedObject objectOf(String wanted) throws SessionException {
    List<LoadedObject> same =
        objects.stream().filter(object -> object.fileName().equals(wanted)).toList();
    if (same.size() == 1) {
      return same.get(0);
    }
    if (objects.size() == 1) {
      return objects.get(0);
    }
    throw new SessionException(
        "object %s: got a file of that name, want that of one of the session's: %s"
            .formatted(wanted, objects.stream().map(LoadedObject::fileName).toList()));
  }

  private static String names(LoadedObject object) {
    return String.join(", ", object.programs().stream().map(LoadedProgram::name).toList());
  }
}
