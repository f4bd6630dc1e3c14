package dev.sonde.agent.session;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.Attacher;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.PerfEventTarget;
import java.util.List;

/**
 * Attaches perf_event programs to the kernel's counters, or where that is not permitted to JFR's
 * samples, and says so in one line. The event {@code jfr} asks for JFR's samples at once.
 */
public final class SampleAttacher implements Attacher {
  private final Attacher kernel;
  private final Attacher recorder;
  private final AgentLog log;

  public SampleAttacher(Attacher kernel, Attacher recorder, AgentLog log) {
    this.kernel = kernel;
    this.recorder = recorder;
    this.log = log;
  }

  @Override
  public Link attach(List<Attachment> attachments) {
    if (attachments.stream().allMatch(each -> event(each).equals("jfr"))) {
      return recorder.attach(attachments);
    }
    try {
      return kernel.attach(attachments);
    } catch (AttachException | LinkageError e) {
      return attachToRecorder(attachments, e);
    }
  }

  private Link attachToRecorder(List<Attachment> attachments, Throwable why) {
    try {
      Link link = recorder.attach(attachments);
      log.warn("perf_event: samples come from JFR, of Java frames alone: " + why.getMessage());
      return link;
    } catch (AttachException neither) {
      throw new AttachException(why.getMessage() + "; " + neither.getMessage(), why);
    }
  }

  private static String event(Attachment attachment) {
    return ((PerfEventTarget) attachment.target()).event();
  }
}
