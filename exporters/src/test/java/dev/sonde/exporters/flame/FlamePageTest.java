package dev.sonde.exporters.flame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.exporters.SampleProfiles;
import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlamePageTest {
  private static final Profile SMALL =
      SampleProfiles.of(
          SampleProfiles.sample(
              3, SampleProfiles.java("a.B.leaf", 1), SampleProfiles.java("a.B.main", 2)),
          SampleProfiles.sample(
              4, SampleProfiles.java("a.B.leaf", 9), SampleProfiles.java("a.B.main", 2)),
          SampleProfiles.sample(
              5, SampleProfiles.java("a.B.other", 1), SampleProfiles.java("a.B.main", 2)));

  @Test
  void boxesAreInPreorderWithLevelsUpNameAndWeight() {
    String page = FlamePage.of(SMALL);
    assertTrue(page.contains("\"boxes\":[0,0,12,0,1,12,0,2,7,1,3,5]"), page);
    assertTrue(page.contains("\"kinds\":\"njjj\""), page);
  }

  @Test
  void aMethodThatWasRunInSeveralWaysIsOneBoxInTheColourOfMost() {
    Frame compiled = new Frame(Frame.Kind.JAVA, "a.B.m", null, 1);
    Frame inlined = new Frame(Frame.Kind.INLINED, "a.B.m", null, 2);
    String page =
        FlamePage.of(
            SampleProfiles.of(
                SampleProfiles.sample(2, compiled), SampleProfiles.sample(5, inlined)));
    assertTrue(page.contains("\"boxes\":[0,0,7,0,1,7]"), page);
    assertTrue(page.contains("\"kinds\":\"ni\""), page);
  }

  @Test
  void pageWithoutDataStaysUnderFortyKibibytes() {
    assertTrue(FlamePage.of(SMALL).getBytes(StandardCharsets.UTF_8).length < 40 * 1024);
  }

  @Test
  void namesCannotEndTheScriptOrTheTitle() {
    Frame evil = new Frame(Frame.Kind.JAVA, "</script><b>\"\\\n\u2028", null, 0);
    Profile profile =
        new Profile("<i>&", "samples", "count", List.of(SampleProfiles.sample(1, evil)), 0, 0);
    String page = FlamePage.of(profile);
    assertEquals(1, page.split("</script>", -1).length - 1);
    assertFalse(page.contains("<i>"));
    assertTrue(page.contains("\\u003c/script>\\u003cb>\\u0022\\u005c\\u000a\\u2028"), page);
  }

  @Test
  void aStackDeeperThanTheThreadsOwnIsWritten() {
    Frame[] deep = new Frame[20_000];
    for (int i = 0; i < deep.length; i++) {
      deep[i] = SampleProfiles.java("a.B.m" + i % 7, 1);
    }
    assertTrue(FlamePage.of(SampleProfiles.of(SampleProfiles.sample(1, deep))).length() > 100_000);
  }

  @Test
  void aHundredThousandBoxesMakeLessThanTwoMegabytes() {
    String page = FlamePage.of(SampleProfiles.random(7, 5_000, 60));
    assertTrue(page.length() < 2 << 20, () -> page.length() + " B");
  }
}
