package dev.sonde.agent.session;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.AttachTarget;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives each attachment of a batch to the attacher of its target's kind. */
public final class KindAttacher implements Attacher {
  private final Map<Class<? extends AttachTarget>, Attacher> byKind;

  /**
   * @param byKind by a target's class or an interface that it implements; a kind that comes first
   *     is attached first, and takes what would be of a later one, too
   */
  public KindAttacher(Map<Class<? extends AttachTarget>, Attacher> byKind) {
    this.byKind = new LinkedHashMap<>(byKind);
  }

  @Override
  public Link attach(List<Attachment> attachments) {
    List<Part> parts = new ArrayList<>();
    try {
      boolean[] taken = new boolean[attachments.size()];
      int left = attachments.size();
      for (Map.Entry<Class<? extends AttachTarget>, Attacher> kind : byKind.entrySet()) {
        List<Integer> places = placesOf(kind.getKey(), attachments, taken);
        if (!places.isEmpty()) {
          List<Attachment> batch = places.stream().map(attachments::get).toList();
          parts.add(new Part(places, kind.getValue().attach(batch)));
          left -= places.size();
        }
      }
      if (left != 0) {
        throw new AttachException(
            "attach: %d targets are of no kind that can be attached here".formatted(left));
      }
      return new Parts(parts, attachments.size());
    } catch (RuntimeException | LinkageError e) {
      closeAll(parts);
      throw e;
    }
  }

  private static List<Integer> placesOf(
      Class<? extends AttachTarget> kind, List<Attachment> attachments, boolean[] taken) {
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < attachments.size(); i++) {
      if (!taken[i] && kind.isInstance(attachments.get(i).target())) {
        taken[i] = true;
        places.add(i);
      }
    }
    return places;
  }

  private static void closeAll(List<Part> parts) {
    for (int i = parts.size() - 1; i >= 0; i--) {
      parts.get(i).link.close();
    }
  }

  /** The link of one kind, and where in the whole batch its attachments stand. */
  private record Part(List<Integer> places, Link link) {}

  /** All of them as one. */
  private record Parts(List<Part> parts, int size) implements Link {
    @Override
    public List<AttachmentStatus> status() {
      AttachmentStatus[] all = new AttachmentStatus[size];
      for (Part part : parts) {
        List<AttachmentStatus> some = part.link.status();
        for (int i = 0; i < some.size(); i++) {
          all[part.places.get(i)] = some.get(i);
        }
      }
      return Arrays.asList(all);
    }

    @Override
    public void replace(int index, ExecutableProgram program) {
      for (Part part : parts) {
        int at = part.places.indexOf(index);
        if (at >= 0) {
          part.link.replace(at, program);
        }
      }
    }

    @Override
    public void close() {
      closeAll(parts);
    }
  }
}
