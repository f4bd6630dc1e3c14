package dev.sonde.exporters.flame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.exporters.SampleProfiles;
import dev.sonde.exporters.profile.Profile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drives the page in a headless browser: a script at its end acts and writes what it saw. */
class FlamePageInBrowserTest {
  private static final List<Path> BROWSERS =
      Stream.of("chromium-headless-shell", "chromium", "google-chrome")
          .map(name -> Path.of("/usr/bin", name))
          .toList();

  private static final Profile PROFILE =
      SampleProfiles.of(
          SampleProfiles.sample(
              30,
              SampleProfiles.java("org.h2.Parser.parse", 1),
              SampleProfiles.java("shop.Orders.place", 2),
              SampleProfiles.java("java.lang.Thread.run", 3)),
          SampleProfiles.sample(
              50,
              SampleProfiles.java("org.h2.Index.find", 1),
              SampleProfiles.java("shop.Orders.place", 2),
              SampleProfiles.java("java.lang.Thread.run", 3)),
          SampleProfiles.sample(
              20,
              SampleProfiles.java("org.h2.Parser.parse", 1),
              SampleProfiles.java("shop.Report.make", 2),
              SampleProfiles.java("java.lang.Thread.run", 3)));

  @TempDir static Path folder;

  @BeforeAll
  static void needsABrowser() {
    assumeTrue(
        BROWSERS.stream().anyMatch(Files::isExecutable),
        "no Chromium in /usr/bin: page not driven");
  }

  /** Returns what {@code expression} is after {@code script} ran at the end of the page. */
  private static String inPage(Profile profile, String script, String expression)
      throws IOException, InterruptedException {
    return inPage(FlamePage.of(profile), script, expression);
  }

  private static String inPage(String html, String script, String expression)
      throws IOException, InterruptedException {
    String probe =
        "<script>%s;document.title = 'saw[' + (%s) + ']saw';</script></body>"
            .formatted(script, expression);
    Path page = Files.createTempFile(folder, "flame", ".html");
    Files.writeString(page, html.replace("</body>", probe));
    Path dom = folder.resolve("dom.html");
    Path browser = BROWSERS.stream().filter(Files::isExecutable).findFirst().orElseThrow();
    Process process =
        new ProcessBuilder(
                browser.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--window-size=1200,600",
                "--virtual-time-budget=3000",
                "--dump-dom",
                page.toUri().toString())
            .redirectOutput(dom.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("the browser did not end within a minute");
    }
    String text = Files.readString(dom, StandardCharsets.UTF_8);
    int start = text.indexOf("<title>saw[") + "<title>saw[".length();
    return text.substring(start, text.indexOf("]saw", start));
  }

  @Test
  void totalAndTooltipShowCountAndPercent() throws Exception {
    assertEquals("100 samples", inPage(PROFILE, "", "$('total').textContent"));
    String move =
        "canvas.onmousemove({offsetX: 10, offsetY: rowTop(2) + 5, clientX: 10, clientY: 10})";
    assertEquals(
        "shop.Orders.place80 samples, 80.00 %; Java", inPage(PROFILE, move, "tip.textContent"));
  }

  @Test
  void aClickZoomsAndResetZoomsOut() throws Exception {
    String click =
        "const seen = []; canvas.onclick({offsetX: 10, offsetY: rowTop(2) + 5});"
            + "seen.push(names[m.name[boxAt(width - 5, rowTop(3) + 5)]]);"
            + "$('reset').onclick(); seen.push(names[m.name[boxAt(width - 5, rowTop(2) + 5)]])";
    assertEquals("org.h2.Parser.parse,shop.Report.make", inPage(PROFILE, click, "seen.join()"));
  }

  @Test
  void searchCountsABoxOnceAndShowsThePercentage() throws Exception {
    assertEquals("50", inPage(PROFILE, "", "search('parser')"));
    assertEquals("80", inPage(PROFILE, "", "search('orders|index')"));
    assertEquals(
        "matched 50.00 %", inPage(PROFILE, "search('Parser')", "$('matched').textContent"));
    assertEquals("0", inPage(PROFILE, "", "search('(')")); // no regex: taken as it is
  }

  @Test
  void reverseMergesFromTheLeaves() throws Exception {
    String reverse = "toggle('invert')";
    String firstLevel =
        "m.levels[1].map(i => names[m.name[i]] + ' ' + m.total[i]).sort().join(', ')";
    assertEquals(
        "org.h2.Index.find 50, org.h2.Parser.parse 50", inPage(PROFILE, reverse, firstLevel));
    assertEquals(
        "Report.make 20",
        inPage(
            PROFILE,
            reverse,
            "m.levels[2].map(i => short(names[m.name[i]]) + ' ' + m.total[i]).filter(t => t.startsWith('R')).join()"));
  }

  @Test
  void theTableListsOwnWeight() throws Exception {
    String rows =
        "[...document.querySelectorAll('tbody tr')].map(r => r.cells[0].textContent + ' ' + r.cells[4].textContent).slice(0, 2).sort().join(', ')";
    assertEquals(
        "50 samples org.h2.Index.find, 50 samples org.h2.Parser.parse",
        inPage(PROFILE, "toggle('list')", rows));
  }

  @Test
  void anIcicleHasItsRootOnTop() throws Exception {
    assertEquals(
        "true,0",
        inPage(
            PROFILE,
            "const before = rowTop(0) > rowTop(1); toggle('flip')",
            "before + ',' + rowTop(0)"));
  }

  @Test
  void aComparisonIsRedWhereTheShareGrewAndSaysWhatItWas() throws Exception {
    Profile before =
        SampleProfiles.of(
            SampleProfiles.sample(
                10,
                SampleProfiles.java("org.h2.Parser.parse", 1),
                SampleProfiles.java("shop.Orders.place", 2),
                SampleProfiles.java("java.lang.Thread.run", 3)),
            SampleProfiles.sample(
                10,
                SampleProfiles.java("org.h2.Gone.gone", 1),
                SampleProfiles.java("java.lang.Thread.run", 3)));
    String tints =
        "m.name.reduce((all, n, i) => (i && all.push(short(names[n]) + ' ' + fill(i).slice(4, 8).trim().split(' ')[0]), all), []).sort().join()";
    String page = FlamePage.ofDifference(PROFILE, before);
    assertEquals(
        "Gone.gone 215,Index.find 2,Orders.place 2,Parser.parse 2,Parser.parse 215,Report.make 2,Thread.run 2",
        inPage(page, "m.name = [...m.name]", tints));
    String move =
        "canvas.onmousemove({offsetX: 10, offsetY: rowTop(2) + 5, clientX: 10, clientY: 10})";
    assertEquals(
        "shop.Orders.place80 samples, 80.00 %; before 50.00 %",
        inPage(page, move, "tip.textContent"));
    assertEquals(
        "10",
        inPage(
            page,
            "toggle('invert')",
            "m.before[m.levels[1].find(i => names[m.name[i]].endsWith('gone'))]"));
  }

  @Test
  void aHundredThousandBoxesAreDrawnWithinSeconds() throws Exception {
    Profile big = SampleProfiles.random(7, 5_000, 60);
    String took =
        inPage(
            big,
            "const t = performance.now(); draw()",
            "m.name.length > 90000 && performance.now() - t < 3000");
    assertEquals("true", took);
  }
}
