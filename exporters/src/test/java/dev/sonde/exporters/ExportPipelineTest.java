package dev.sonde.exporters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.exporters.otel.OtlpServer;
import dev.sonde.exporters.signal.EventRecord;
import dev.sonde.exporters.signal.MetricKind;
import dev.sonde.exporters.signal.Sink;
import dev.sonde.exporters.stream.MetricSource;
import dev.sonde.exporters.stream.RecordSource;
import dev.sonde.exporters.stream.RingFeed;
import dev.sonde.exporters.stream.StackCountSource;
import dev.sonde.exporters.symbol.Symbolizer;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.RingbufMap;
import dev.sonde.vm.map.StackMap;
import dev.sonde.vm.stacktrace.FrameTable;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ExportPipelineTest {
  private static final long FRAME = FrameTable.JAVA_FRAME;

  /** Kept so that its level is: what the SDK says of failures is none of these tests' output. */
  private static final Logger SDK_LOG = Logger.getLogger("io.opentelemetry");

  static {
    SDK_LOG.setLevel(Level.OFF);
  }

  private final KeptLog log = new KeptLog();
  private final CollectionSpec latencyObject = TestMaps.object("h2latency.bpf.o");
  private final CollectionSpec slowObject = TestMaps.object("slowsql.bpf.o");
  private final BpfMap latency = TestMaps.map(latencyObject, "latency");
  private final BpfMap statements = TestMaps.map(latencyObject, "statements");
  private final RingbufMap ring = (RingbufMap) TestMaps.map(slowObject, "slow_statements");
  private final StackMap stacks =
      (StackMap) Maps.create(MapSpec.of("stacks", MapType.STACK_TRACE, 4, 1016, 64));
  private final BpfMap counts = Maps.create(MapSpec.of("counts", MapType.HASH, 4, 8, 64));

  @TempDir Path folder;

  @AfterEach
  void free() {
    for (BpfMap map : List.of(latency, statements, ring, stacks, counts)) {
      map.close();
    }
  }

  private ExportPipelineBuilder builder() {
    return ExportPipeline.builder(log)
        .metric(
            new MetricSource(
                "sql.duration",
                "How long",
                "ns",
                MetricKind.HISTOGRAM,
                latency,
                latencyObject.btf(),
                Map.of()))
        .metric(
            new MetricSource(
                "sql.statements",
                "",
                "{statement}",
                MetricKind.COUNTER,
                statements,
                latencyObject.btf(),
                Map.of("kind", "sql.kind")))
        .records(
            new RecordSource(
                "sql.slow",
                new RingFeed(ring),
                slowObject.btf(),
                TestMaps.struct(slowObject, "slow_statement"),
                Map.of("sql", "db.query.text"),
                stacks))
        .stacks(new StackCountSource("SQL", "statements", "count", counts, stacks, null))
        .symbols(
            id -> new FrameTable.Frame("shop.Orders", "m" + (id & 0xff), "Orders.java", 7),
            Symbolizer.NativeSymbols.NONE)
        .interval(Duration.ofSeconds(30));
  }

  private void fill() {
    byte[] first = slots(4, 10, 1_000);
    byte[] second = slots(5, 1, 50);
    TestMaps.updatePerCpu(latency, TestMaps.u32(0), first, second);
    TestMaps.updatePerCpu(statements, TestMaps.u32(1), TestMaps.u64(8), TestMaps.u64(1));
    TestMaps.updatePerCpu(statements, TestMaps.u32(2), TestMaps.u64(2), TestMaps.u64(0));
    int stack = (int) stacks.stackId(new long[] {FRAME | 3, FRAME | 2, FRAME | 1}, 3, 0);
    counts.update(TestMaps.u32(stack), TestMaps.u64(11), MapFlags.ANY);
    TestMaps.output(ring, slow(7_000_000, 42, stack, "SELECT 1"));
  }

  private byte[] slots(int slot, long count, long sum) {
    ByteBuffer value = TestMaps.bytes(latency.spec().valueSizeBytes());
    value.putLong(slot * 8, count).putLong(value.capacity() - 8, sum);
    return value.array();
  }

  private static byte[] slow(long durationNanos, int thread, int stack, String sql) {
    ByteBuffer record = TestMaps.bytes(144).putLong(durationNanos).putInt(thread).putInt(stack);
    return record.put(sql.getBytes(StandardCharsets.UTF_8)).array();
  }

  @Test
  void mapsAndRecordsArriveAtAnOtlpReceiverAsTheyWere() throws IOException {
    try (OtlpServer server = new OtlpServer(200)) {
      ExportPipeline pipeline = builder().otlp(otlp(server.endpoint())).build();
      pipeline.start();
      fill();
      pipeline.close();
      checkHistogram(server.latest("sql.duration"));
      checkCounter(server.latest("sql.statements"));
      checkLog(server.logs);
      Map<String, String> resource =
          OtlpServer.attributes(server.resources.get(0).getAttributesList());
      assertEquals("from-test", resource.get("service.name"));
      assertEquals(String.valueOf(ProcessHandle.current().pid()), resource.get("process.pid"));
      assertTrue(resource.containsKey("telemetry.sdk.version"), resource.toString());
      assertTrue(resource.containsKey("host.name"), resource.toString());
      assertEquals(1, pipeline.counters().logRecordsSent());
      assertEquals(0, pipeline.counters().failures());
      assertEquals(List.of(), log.lines);
    }
  }

  private static Map<String, String> otlp(String endpoint) {
    return Map.of("otel.exporter.otlp.endpoint", endpoint, "otel.service.name", "from-test");
  }

  private static void checkHistogram(Metric metric) {
    assertEquals("ns", metric.getUnit());
    assertEquals(
        AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE,
        metric.getHistogram().getAggregationTemporality());
    HistogramDataPoint point = metric.getHistogram().getDataPoints(0);
    assertEquals(11, point.getCount());
    assertEquals(1_050, point.getSum());
    assertEquals(10, point.getBucketCounts(4)); // 16 to 31
    assertEquals(31, point.getExplicitBounds(4));
    assertEquals(1, point.getBucketCounts(5));
    assertEquals(48, point.getBucketCountsCount());
    assertEquals(47, point.getExplicitBoundsCount());
    assertEquals(0, point.getAttributesCount());
  }

  private static void checkCounter(Metric metric) {
    assertTrue(metric.getSum().getIsMonotonic());
    Map<String, Long> byKind = new TreeMap<>();
    metric
        .getSum()
        .getDataPointsList()
        .forEach(
            p -> byKind.put(OtlpServer.attributes(p.getAttributesList()).toString(), p.getAsInt()));
    assertEquals("{{sql.kind=INSERT}=2, {sql.kind=SELECT}=9}", byKind.toString());
  }

  private static void checkLog(List<LogRecord> logs) {
    assertEquals(1, logs.size());
    assertEquals("sql.slow", logs.get(0).getEventName());
    Map<String, String> attributes = OtlpServer.attributes(logs.get(0).getAttributesList());
    assertEquals("SELECT 1", attributes.get("db.query.text"));
    assertEquals("7000000", attributes.get("duration_ns"));
    assertEquals("42", attributes.get("thread_id"));
    assertEquals(
        "\tat shop.Orders.m3(Orders.java:7)\n\tat shop.Orders.m2(Orders.java:7)\n\tat shop.Orders.m1(Orders.java:7)",
        attributes.get("code.stacktrace"));
  }

  @Test
  void profilesAreSentOnDemandEachWeightOnce() throws IOException {
    try (OtlpServer server = new OtlpServer(200)) {
      Map<String, String> settings = new TreeMap<>(otlp(server.endpoint()));
      settings.put("otel.profiles.exporter", "otlp");
      ExportPipeline pipeline = builder().otlp(settings).build();
      pipeline.start();
      fill();
      pipeline.flush();
      byte[] stack = counts.nextKey(null);
      counts.update(stack, TestMaps.u64(15), MapFlags.ANY);
      pipeline.flush();
      pipeline.flush(); // nothing new: nothing sent
      pipeline.close();
      List<Long> weights =
          server.profiles.stream()
              .map(r -> r.getResourceProfiles(0).getScopeProfiles(0).getProfiles(0))
              .map(p -> p.getSamples(0).getValues(0))
              .toList();
      assertEquals(List.of(11L, 4L), weights);
      assertEquals(List.of(), log.lines);
    }
  }

  @Test
  void profilesStayAtHomeByDefault() throws IOException {
    try (OtlpServer server = new OtlpServer(200)) {
      ExportPipeline pipeline = builder().otlp(otlp(server.endpoint())).build();
      pipeline.start();
      fill();
      pipeline.close();
      assertEquals(List.of(), server.profiles);
    }
  }

  @Test
  void filesAndConsoleShowTheStacks() throws IOException {
    ByteArrayOutputStream console = new ByteArrayOutputStream();
    Path collapsed = folder.resolve("out.collapsed");
    Path html = folder.resolve("out.html");
    ExportPipeline pipeline =
        builder()
            .profileFile(collapsed)
            .profileFile(html)
            .console(new PrintStream(console, true, StandardCharsets.UTF_8), true)
            .build();
    pipeline.start();
    fill();
    pipeline.close();
    assertEquals("shop.Orders.m1;shop.Orders.m2;shop.Orders.m3 11\n", Files.readString(collapsed));
    assertTrue(Files.readString(html).contains("\"shop.Orders.m2\""));
    String text = console.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("sql.slow  duration_ns=7000000 thread_id=42"), text);
    assertTrue(text.contains("count 11 "), text);
    assertTrue(text.contains("100.0 %  11"), text);
    assertEquals(List.of(), log.lines);
  }

  @Test
  void aDeadReceiverIsToldOnceAndCountedAndHoldsUpNobody() throws IOException {
    int port;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    ExportPipeline pipeline =
        builder().otlp(otlp("http://127.0.0.1:" + port)).interval(Duration.ofMillis(50)).build();
    pipeline.start();
    fill();
    long before = System.nanoTime();
    pipeline.close();
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - before);
    assertTrue(seconds < 10, () -> "close took " + seconds + " s");
    assertEquals(1, pipeline.counters().events());
    assertTrue(pipeline.counters().failures() > 0);
    assertEquals(1, log.lines.size(), log.lines.toString());
    assertTrue(log.lines.get(0).contains(":" + port), log.lines.toString());
  }

  @Test
  void aRefusingReceiverIsToldOnceWithItsAddress() throws IOException {
    try (OtlpServer server = new OtlpServer(400)) {
      ExportPipeline pipeline =
          builder().otlp(otlp(server.endpoint())).interval(Duration.ofMillis(20)).build();
      pipeline.start();
      fill();
      while (pipeline.counters().failures() < 5) {
        Thread.onSpinWait();
      }
      pipeline.close();
      assertEquals(1, pipeline.counters().dropped());
      assertEquals(1, log.lines.size(), log.lines.toString());
      assertTrue(log.lines.get(0).contains(server.endpoint()), log.lines.toString());
      assertTrue(log.lines.get(0).contains("OTEL_EXPORTER_OTLP_ENDPOINT"), log.lines.toString());
    }
  }

  @Test
  void aSinkThatFailsHurtsNoOtherSinkAndIsToldOnce() throws IOException {
    Path collapsed = folder.resolve("out.collapsed");
    Sink broken =
        new Sink() {
          @Override
          public String name() {
            return "broken";
          }

          @Override
          public void event(EventRecord record) throws IOException {
            throw new IOException("no");
          }
        };
    ExportPipeline pipeline = builder().sink(broken).profileFile(collapsed).build();
    pipeline.start();
    fill();
    TestMaps.output(ring, slow(1, 1, -1, "two"));
    pipeline.close();
    assertTrue(Files.exists(collapsed));
    assertEquals(2, pipeline.counters().events());
    assertEquals(2, pipeline.counters().failures());
    assertEquals(1, log.lines.size());
  }

  @Test
  void anUnwritableFileIsToldWithItsPath() {
    Path nowhere = folder.resolve("no/such/folder/x.html");
    ExportPipeline pipeline = builder().profileFile(nowhere).build();
    pipeline.start();
    fill();
    pipeline.close();
    assertEquals(1, log.lines.size());
    assertTrue(log.lines.get(0).contains(nowhere.toString()), log.lines.toString());
  }

  @Test
  void aSuffixOfNoFormatIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> builder().profileFile(Path.of("x.png")));
  }

  @Test
  void closeReadsTheRingEmptyAndNothingAfterwards() {
    for (int i = 0; i < 5_000; i++) {
      TestMaps.output(ring, slow(i, i, -1, "s"));
    }
    ExportPipeline pipeline = builder().build();
    pipeline.start();
    pipeline.close();
    assertEquals(5_000, pipeline.counters().events());
    assertTrue(pipeline.readMetrics().isEmpty());
    assertTrue(pipeline.readProfiles().isEmpty());
    pipeline.close(); // the second time does nothing
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(t -> t.getName().equals("sonde-export")));
  }

  @Test
  void lostRecordsAreCounted() {
    byte[] record = slow(1, 1, -1, "x");
    int sent = 0;
    while (ring.lost() == 0) {
      try {
        TestMaps.output(ring, record);
        sent++;
      } catch (IllegalStateException full) {
        break;
      }
    }
    ExportPipeline pipeline = builder().build();
    pipeline.start();
    pipeline.close();
    assertEquals(sent, pipeline.counters().events());
    assertEquals(1, pipeline.counters().lost());
  }

  @Test
  void threadsOfThePipelineAreDaemonsWithoutAContextClassLoader() throws IOException {
    try (OtlpServer server = new OtlpServer(200)) {
      Set<Thread> before = Thread.getAllStackTraces().keySet();
      ExportPipeline pipeline =
          builder().otlp(otlp(server.endpoint())).interval(Duration.ofMillis(20)).build();
      pipeline.start();
      fill();
      while (server.metrics.isEmpty() || server.logs.isEmpty()) {
        Thread.onSpinWait();
      }
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (!before.contains(thread) && !thread.getName().startsWith("HTTP-Dispatcher")) {
          assertTrue(thread.isDaemon(), thread.getName());
          assertEquals(null, thread.getContextClassLoader(), thread.getName());
        }
      }
      pipeline.close();
    }
  }
}
