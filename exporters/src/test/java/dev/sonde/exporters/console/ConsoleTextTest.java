package dev.sonde.exporters.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.exporters.SampleProfiles;
import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.signal.Log2Histogram;
import dev.sonde.exporters.signal.Metric;
import dev.sonde.exporters.signal.MetricKind;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|ns|0 ns",
        "999|ns|999 ns",
        "1000|ns|1 µs",
        "1536|ns|1.54 µs",
        "65536|ns|65.5 µs",
        "123456|ns|123 µs",
        "2500000000|ns|2.50 s",
        "9e12|ns|9000 s",
        "1500|us|1.50 ms",
        "2|s|2 s",
        "1023|By|1023 B",
        "1536|By|1.50 KiB",
        "1234567|{statement}|1,234,567 statement",
        "1234567|1|1,234,567",
        "0.25|1|0.25",
        "-1500|ns|-1.50 µs"
      })
  void numbersHaveThreeDigitsAndAFittingPrefix(double value, String unit, String text) {
    assertEquals(text, UnitFormat.format(value, unit));
  }

  @Test
  void aChartRunsFromTheFirstUsedSlotToTheLast() {
    long[] slots = new long[20];
    slots[4] = 40;
    slots[6] = 1;
    String chart = HistogramText.chart(Log2Histogram.of(slots), "ns");
    assertEquals(
        "      16 ns .. 32 ns               40 |%s|%n".formatted("█".repeat(40))
            + "      32 ns .. 64 ns                0 |%s|%n".formatted(" ".repeat(40))
            + "      64 ns .. 128 ns               1 |█%s|%n".formatted(" ".repeat(39)),
        chart);
  }

  @Test
  void anEmptyHistogramHasNoChartAndASummary() {
    assertEquals("", HistogramText.chart(Log2Histogram.of(new long[8]), "ns"));
    assertTrue(HistogramText.summary(Log2Histogram.of(new long[0]), "ns").startsWith("count 0 "));
  }

  @Test
  void quantilesLieInTheirSlot() {
    long[] slots = new long[64];
    slots[0] = 10; // 0 and 1
    slots[10] = 80; // 1024 to 2047
    slots[63] = 10; // 2^63 and above, as far as a long goes
    Log2Histogram histogram = Log2Histogram.of(slots);
    assertTrue(histogram.quantile(0.05) <= 1);
    for (double q = 0.11; q < 0.9; q += 0.1) {
      double value = histogram.quantile(q);
      assertTrue(value >= 1024 && value <= 2047, q + ": " + value);
    }
    assertTrue(histogram.quantile(0.99) > 1e18);
    assertEquals(100, histogram.count());
  }

  @Test
  void hottestStacksAreMergedAndCut() {
    String text =
        StackText.hottest(
            SampleProfiles.of(
                SampleProfiles.sample(
                    1, SampleProfiles.java("a.B.x", 1), SampleProfiles.java("a.B.main", 2)),
                SampleProfiles.sample(
                    2, SampleProfiles.java("a.B.x", 1), SampleProfiles.java("a.B.main", 2)),
                SampleProfiles.sample(1, SampleProfiles.java("a.B.y", 1))),
            1,
            1);
    assertEquals("   75.0 %%  3%n      a.B.x(B.java:1)%n      ... 1 more%n".formatted(), text);
  }

  @Test
  void aTableShowsTheGreatestFirstAndCountsTheRest() {
    List<Metric.Point> points =
        IntStream.range(0, 25)
            .<Metric.Point>mapToObj(i -> new Metric.Point.Number(Map.of("k", (long) i), i * 10L))
            .toList();
    String text = ConsoleSink.describe(new Metric("m", "what", "1", MetricKind.COUNTER, points));
    assertTrue(text.startsWith("\nm  (what)\n               240  k=24\n"), text);
    assertTrue(text.endsWith("...  5 more\n"), text);
  }

  @Test
  void liveEventsAreHeldBackBeyondFiftyASecond() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ConsoleSink sink =
        new ConsoleSink(new PrintStream(bytes, true, StandardCharsets.UTF_8), true, List::of);
    for (int i = 0; i < 200; i++) {
      sink.event(new EventRecord("e", 0, Map.of("i", (long) i), List.of()));
    }
    assertEquals(50, bytes.toString(StandardCharsets.UTF_8).lines().count());
  }

  @Test
  void ofSondeItselfTheReportHasWhatHappened() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Metric.Point none = new Metric.Point.Number(Map.of("reason", "limits"), 0);
    Metric.Point some = new Metric.Point.Number(Map.of("reason", "recursion"), 3);
    List<Metric> metrics =
        List.of(
            new Metric("sonde.events.lost", "", "1", MetricKind.COUNTER, List.of(none, some)),
            new Metric("sonde.probes.off", "", "1", MetricKind.COUNTER, List.of(none)),
            new Metric("orders", "", "1", MetricKind.COUNTER, List.of(none)));
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    new ConsoleSink(out, false, () -> metrics).close();
    assertEquals(
        """

        sonde.events.lost
                         3  reason=recursion

        orders
                         0  reason=limits
        """,
        bytes.toString(StandardCharsets.UTF_8));
  }
}
