package dev.sonde.agent.session;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.method.MethodNotices;
import java.util.List;

/** Says in the agent's log what becomes of a method target while its session is open. */
public final class LaterNews implements MethodNotices {
  private final AgentLog log;

  public LaterNews(AgentLog log) {
    this.log = log;
  }

  @Override
  public void switchedOff(Attachment attachment, String why) {
    log.warn("%s: switched off: %s".formatted(AttachReport.where(attachment), why));
  }

  @Override
  public void leftOut(Attachment attachment, List<String> places) {
    AttachReport.sayLeftOut(attachment, places, log);
  }
}
