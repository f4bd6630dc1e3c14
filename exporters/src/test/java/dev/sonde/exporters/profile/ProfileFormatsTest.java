package dev.sonde.exporters.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnknownFieldSet;
import dev.sonde.exporters.SampleProfiles;
import dev.sonde.exporters.symbol.Frame;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileFormatsTest {
  private static final Frame KERNEL = new Frame(Frame.Kind.KERNEL, "do_syscall_64", null, 0);
  private static final Profile PROFILE =
      new Profile(
          "CPU",
          "samples",
          "count",
          List.of(
              new Profile.Sample(
                  List.of(SampleProfiles.java("a.B.leaf", 3), SampleProfiles.java("a.B.main", 2)),
                  5,
                  Map.of("thread", 7L, "state", "on;cpu")),
              new Profile.Sample(
                  List.of(SampleProfiles.java("a.B.leaf", 4), SampleProfiles.java("a.B.main", 2)),
                  6,
                  Map.of()),
              new Profile.Sample(List.of(KERNEL, SampleProfiles.java("a.B.x;y", 1)), 7, Map.of())),
          1_700_000_000_000_000_000L,
          2_000_000_000L);

  @Test
  void collapsedLinesAreRootFirstSortedAndMerged() {
    assertEquals(
        "a.B.main;a.B.leaf 11\na.B.x,y;do_syscall_64_[k] 7\n", CollapsedStacks.of(PROFILE));
  }

  @Test
  void collapsedStacksAreReadBack() {
    String text = CollapsedStacks.of(PROFILE);
    Profile read = CollapsedStacks.parse("x.collapsed", text.lines().toList());
    assertEquals(text, CollapsedStacks.of(read));
    assertEquals(18, read.total());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a;b", "a;b x", " 5", "a;b -1", "a;b 99999999999999999999"})
  void aLineThatIsNoStackIsRefusedByItsNumber(String line) {
    List<String> lines = List.of("ok 1", line);
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> CollapsedStacks.parse("x.collapsed", lines));
    assertTrue(refusal.getMessage().startsWith("x.collapsed:2: "), refusal.getMessage());
  }

  /** Reads pprof back with protobuf's own parser, by the field numbers of profile.proto. */
  private record Reader(UnknownFieldSet profile) {
    static Reader of(byte[] file) throws IOException {
      byte[] bytes = new GZIPInputStream(new ByteArrayInputStream(file)).readAllBytes();
      return new Reader(UnknownFieldSet.parseFrom(bytes));
    }

    static UnknownFieldSet message(com.google.protobuf.ByteString bytes) {
      try {
        return UnknownFieldSet.parseFrom(bytes);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    List<UnknownFieldSet> messages(int field) {
      return profile.getField(field).getLengthDelimitedList().stream()
          .map(Reader::message)
          .toList();
    }

    String text(long index) {
      return profile.getField(6).getLengthDelimitedList().get((int) index).toStringUtf8();
    }

    static long number(UnknownFieldSet message, int field) {
      List<Long> values = message.getField(field).getVarintList();
      return values.isEmpty() ? 0 : values.get(0);
    }

    static List<Long> packed(UnknownFieldSet message, int field) throws IOException {
      CodedInputStream in = message.getField(field).getLengthDelimitedList().get(0).newCodedInput();
      List<Long> values = new ArrayList<>();
      while (!in.isAtEnd()) {
        values.add(in.readRawVarint64());
      }
      return values;
    }

    UnknownFieldSet byId(int field, long id) {
      return messages(field).stream().filter(m -> number(m, 1) == id).findFirst().orElseThrow();
    }

    String frame(long locationId) {
      UnknownFieldSet location = byId(4, locationId);
      UnknownFieldSet line = message(location.getField(4).getLengthDelimitedList().get(0));
      UnknownFieldSet function = byId(5, number(line, 1));
      String mapping = text(number(byId(3, number(location, 2)), 5));
      return "%s %s:%d %s"
          .formatted(
              text(number(function, 2)), text(number(function, 4)), number(line, 2), mapping);
    }
  }

  @Test
  void pprofSaysTheSameStacksWithLinesAndLabels() throws IOException {
    Reader reader = Reader.of(Pprof.of(PROFILE));
    assertEquals("", reader.text(0));
    UnknownFieldSet type = reader.messages(1).get(0);
    assertEquals("samples", reader.text(Reader.number(type, 1)));
    assertEquals("count", reader.text(Reader.number(type, 2)));
    assertEquals(1_700_000_000_000_000_000L, Reader.number(reader.profile(), 9));
    assertEquals(2_000_000_000L, Reader.number(reader.profile(), 10));
    List<String> seen = new ArrayList<>();
    for (UnknownFieldSet sample : reader.messages(2)) {
      List<String> frames = new ArrayList<>();
      for (long id : Reader.packed(sample, 1)) {
        frames.add(reader.frame(id));
      }
      seen.add(frames + " = " + Reader.packed(sample, 2));
    }
    assertEquals(
        List.of(
            "[a.B.leaf B.java:3 [jvm], a.B.main B.java:2 [jvm]] = [5]",
            "[a.B.leaf B.java:4 [jvm], a.B.main B.java:2 [jvm]] = [6]",
            "[do_syscall_64 :0 [kernel], a.B.x;y B.java:1 [jvm]] = [7]"),
        seen);
    Map<String, String> labels = new TreeMap<>();
    for (var bytes : reader.messages(2).get(0).getField(3).getLengthDelimitedList()) {
      UnknownFieldSet label = Reader.message(bytes);
      String text = reader.text(Reader.number(label, 2));
      labels.put(
          reader.text(Reader.number(label, 1)),
          text.isEmpty() ? String.valueOf(Reader.number(label, 3)) : text);
    }
    assertEquals("{state=on;cpu, thread=7}", labels.toString());
  }

  @Test
  void pprofIdsAreUniqueAndNotZero() throws IOException {
    Reader reader = Reader.of(Pprof.of(SampleProfiles.random(3, 300, 30)));
    for (int table : new int[] {3, 4, 5}) {
      Set<Long> ids = new HashSet<>();
      for (UnknownFieldSet entry : reader.messages(table)) {
        assertTrue(Reader.number(entry, 1) > 0);
        assertTrue(ids.add(Reader.number(entry, 1)));
      }
    }
  }

  @Test
  void speedscopeHasRootFirstStacksAndTheirWeights() {
    String json = Speedscope.of(PROFILE);
    assertTrue(json.contains("\"samples\":[[0,1],\n[0,2],\n[3,4]]"), json);
    assertTrue(json.contains("\"weights\":[5,6,7]"), json);
    assertTrue(json.contains("\"endValue\":18"), json);
    assertTrue(json.contains("{\"name\":\"a.B.leaf\",\"file\":\"B.java\",\"line\":3}"), json);
  }
}
