package dev.sonde.probes.method;

import dev.sonde.probes.Attachment;
import java.util.List;

/** Is told, in threads of ours, what becomes of an attachment after its link was opened. */
public interface MethodNotices {
  /** For who does not want to know. */
  MethodNotices NONE =
      new MethodNotices() {
        @Override
        public void switchedOff(Attachment attachment, String why) {}

        @Override
        public void leftOut(Attachment attachment, List<String> places) {}
      };

  /** The attachment was over its budget; {@code why} says how. */
  void switchedOff(Attachment attachment, String why);

  /**
   * Places matched that came later and could not be woven.
   *
   * @param places {@code PLACE: REASON} each; each reason comes once, with the first of its places
   */
  void leftOut(Attachment attachment, List<String> places);
}
