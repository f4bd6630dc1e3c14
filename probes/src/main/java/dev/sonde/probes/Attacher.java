package dev.sonde.probes;

import java.util.List;

/** Attaches programs to targets of one kind. */
public interface Attacher {
  /**
   * Attaches all or nothing: when this returns, each program runs at each event of its target, also
   * where that comes into being later. One batch costs about as much as one attachment.
   *
   * @return the link that detaches them all
   * @throws AttachException if a target cannot be attached to; nothing is attached then. A target
   *     that matches nothing yet is no error: {@link Link#status} says so
   */
  Link attach(List<Attachment> attachments);
}
