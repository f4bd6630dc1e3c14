package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import java.util.List;
import org.junit.jupiter.api.Test;
import sample.Calculator;

/** What a user may have meant is told from the loaded classes. */
@SuppressWarnings("try") // a link that is only closed
class NearMatchesTest {
  @Test
  void aTargetThatMatchesNothingNamesWhatIsNear() {
    new Calculator("loaded");
    String[][] cases = {
      {"method/sample.Calculater.add", "sample.Calculator"},
      {"method/com.acme.Calculator.add", "sample.Calculator"},
      {"method/sample.Calculator.ad", "sample.Calculator.add(int, int)"},
      {"method/sample.Calculator.hashCode", "java.lang.Object.hashCode()"},
    };
    for (String[] c : cases) {
      try (Link link = Probes.attach(c[0], Probes.nothing())) {
        AttachmentStatus status = link.status().get(0);
        assertEquals(0, status.matches());
        assertTrue(status.nearMatches().contains(c[1]), status.nearMatches().toString());
      }
    }
  }

  @Test
  void aLoadedClassSaysWhatItHasWhateverWasAskedFor() {
    new Calculator("loaded");
    try (Link link = Probes.attach("method/sample.Calculator.qqqqqqqqqqqq", Probes.nothing())) {
      List<String> near = link.status().get(0).nearMatches();
      assertEquals(5, near.size(), near.toString());
      assertTrue(
          near.stream().allMatch(name -> name.matches("sample.Calculator.*\\)")), near.toString());
    }
  }

  @Test
  void aBridgeIsNoAnswer() {
    String bridge = "method/java.lang.Integer.compareTo(java.lang.Object)";
    try (Link link = Probes.attach(bridge, Probes.nothing())) {
      AttachmentStatus status = link.status().get(0);
      assertEquals(0, status.matches());
      assertEquals("java.lang.Integer.compareTo(Integer)", status.nearMatches().get(0));
    }
  }
}
