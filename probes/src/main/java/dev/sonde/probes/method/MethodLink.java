package dev.sonde.probes.method;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.vm.program.ExecutableProgram;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bindings of one batch. */
final class MethodLink implements Link {
  private final MethodAttacher attacher;
  private final List<Binding> bindings;
  private @Nullable List<AttachmentStatus> last; // once closed: the counters are others' then

  MethodLink(MethodAttacher attacher, List<Binding> bindings) {
    this.attacher = attacher;
    this.bindings = List.copyOf(bindings);
  }

  @Override
  public synchronized List<AttachmentStatus> status() {
    return last != null ? last : attacher.status(bindings);
  }

  @Override
  public synchronized void replace(int index, ExecutableProgram program) {
    if (last != null) {
      throw new AttachException("link: got a replacement after it was closed");
    }
    attacher.replace(bindings.get(index), program);
  }

  @Override
  public synchronized void close() {
    if (last == null) {
      last = attacher.detach(bindings);
    }
  }
}
