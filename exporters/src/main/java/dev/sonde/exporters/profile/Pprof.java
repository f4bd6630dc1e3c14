package dev.sonde.exporters.profile;

import dev.sonde.exporters.symbol.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;

/**
 * A profile in the format of pprof: a gzipped protobuf message. Field numbers are those of
 * profile.proto, which also says that index 0 of the string table is "" and that ids start at 1.
 *
 * @see <a href="https://github.com/google/pprof/blob/main/proto/profile.proto">profile.proto</a>
 */
public final class Pprof {
  /** A function, whichever of its lines. */
  private record Function(Frame.Kind kind, String name, String file) {
    static Function of(Frame frame) {
      return new Function(frame.kind(), frame.function(), frame.file() == null ? "" : frame.file());
    }
  }

  private record Location(Function function, int line) {}

  private final IndexTable<String> strings = new IndexTable<>(0);
  private final IndexTable<Function> functions = new IndexTable<>(1);
  private final IndexTable<Location> locations = new IndexTable<>(1);
  private final IndexTable<String> mappings = new IndexTable<>(1);
  private final ProtoBytes out = new ProtoBytes();

  private Pprof() {
    strings.indexOf("");
  }

  /** Returns the bytes of a {@code .pb.gz} file. */
  public static byte[] of(Profile profile) {
    Pprof pprof = new Pprof();
    pprof.write(profile);
    return gzip(pprof.out.toByteArray());
  }

  private void write(Profile profile) {
    out.message(1, valueType(profile));
    profile.samples().forEach(sample -> out.message(2, sample(sample)));
    locations.entries().forEach(location -> out.message(4, location(location)));
    mappings.entries().forEach(origin -> out.message(3, mapping(origin)));
    functions.entries().forEach(function -> out.message(5, function(function)));
    out.number(9, profile.startUnixNanos());
    out.number(10, profile.durationNanos());
    out.message(11, valueType(profile));
    out.number(12, 1);
    out.packed(13, new long[] {strings.indexOf("sonde: " + profile.name())});
    strings.entries().forEach(text -> out.text(6, text));
  }

  private ProtoBytes valueType(Profile profile) {
    String unit = profile.unit().equals("ns") ? "nanoseconds" : profile.unit();
    return new ProtoBytes()
        .number(1, strings.indexOf(profile.valueType()))
        .number(2, strings.indexOf(unit));
  }

  private ProtoBytes sample(Profile.Sample sample) {
    long[] ids = new long[sample.frames().size()];
    for (int i = 0; i < ids.length; i++) {
      Frame frame = sample.frames().get(i);
      ids[i] = locations.indexOf(new Location(Function.of(frame), frame.line()));
    }
    ProtoBytes message = new ProtoBytes().packed(1, ids).packed(2, new long[] {sample.value()});
    sample.labels().forEach((name, value) -> message.message(3, label(name, value)));
    return message;
  }

  private ProtoBytes label(String name, Object value) {
    ProtoBytes label = new ProtoBytes().number(1, strings.indexOf(name));
    return value instanceof Long number
        ? label.number(3, number)
        : label.number(2, strings.indexOf(value.toString()));
  }

  private ProtoBytes location(Location location) {
    ProtoBytes line =
        new ProtoBytes()
            .number(1, functions.indexOf(location.function()))
            .number(2, location.line());
    return new ProtoBytes()
        .number(1, locations.indexOf(location))
        .number(2, mappings.indexOf(location.function().kind().attribute()))
        .message(4, line);
  }

  /** One mapping a kind of code, all of it symbolized: pprof asks for no binaries then. */
  private ProtoBytes mapping(String origin) {
    return new ProtoBytes()
        .number(1, mappings.indexOf(origin))
        .number(5, strings.indexOf("[" + origin + "]"))
        .number(7, 1) // has_functions
        .number(8, 1) // has_filenames
        .number(9, 1); // has_line_numbers
  }

  private ProtoBytes function(Function function) {
    long name = strings.indexOf(function.name());
    return new ProtoBytes()
        .number(1, functions.indexOf(function))
        .number(2, name)
        .number(3, name)
        .number(4, strings.indexOf(function.file()));
  }

  private static byte[] gzip(byte[] message) {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(message);
    } catch (IOException impossible) {
      throw new IllegalStateException("a byte array refused bytes", impossible);
    }
    return zipped.toByteArray();
  }
}
