package dev.sonde.exporters.otel;

import dev.sonde.exporters.profile.IndexTable;
import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.profile.ProtoBytes;
import dev.sonde.exporters.symbol.Frame;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;

/**
 * A request of OTLP's profiles signal, written by hand: the signal is in development, and no Java
 * exporter speaks it over HTTP. Field numbers are those of {@code profiles.proto} in
 * opentelemetry-proto {@value #SCHEMA}; index 0 of each table is the zero value, as it demands.
 */
final class ProfilesRequest {
  /** The release of opentelemetry-proto whose field numbers these are. */
  static final String SCHEMA = "1.11.0";

  private record Function(String name, String file) {}

  private record Location(Function function, int line, Frame.Kind kind) {
    static Location of(Frame frame) {
      String file = frame.file() == null ? "" : frame.file();
      return new Location(new Function(frame.function(), file), frame.line(), frame.kind());
    }
  }

  private record Attribute(String key, Object value) {}

  private final IndexTable<String> strings = new IndexTable<>(0);
  private final IndexTable<Function> functions = new IndexTable<>(1);
  private final IndexTable<Location> locations = new IndexTable<>(1);
  private final IndexTable<List<Integer>> stacks = new IndexTable<>(1);
  private final IndexTable<Attribute> attributes = new IndexTable<>(1);

  private ProfilesRequest() {
    strings.indexOf("");
  }

  /** Returns the bytes of an ExportProfilesServiceRequest. */
  static byte[] of(List<Profile> profiles, Resource resource) {
    ProfilesRequest request = new ProfilesRequest();
    ProtoBytes scope = new ProtoBytes();
    scope.message(1, new ProtoBytes().text(1, OtelSink.SCOPE));
    profiles.forEach(profile -> scope.message(2, request.profile(profile)));
    ProtoBytes resourceProfiles =
        new ProtoBytes().message(1, ResourceBytes.of(resource)).message(2, scope);
    return new ProtoBytes()
        .message(1, resourceProfiles)
        .message(2, request.dictionary())
        .toByteArray();
  }

  private ProtoBytes profile(Profile profile) {
    ProtoBytes message = new ProtoBytes().message(1, valueType(profile));
    profile.samples().forEach(sample -> message.message(2, sample(sample)));
    return message.fixed64(3, profile.startUnixNanos()).number(4, profile.durationNanos());
  }

  private ProtoBytes valueType(Profile profile) {
    return new ProtoBytes()
        .number(1, strings.indexOf(profile.valueType()))
        .number(2, strings.indexOf(profile.unit()));
  }

  private ProtoBytes sample(Profile.Sample sample) {
    List<Integer> stack =
        sample.frames().stream().map(frame -> locations.indexOf(Location.of(frame))).toList();
    long[] labels =
        sample.labels().entrySet().stream()
            .mapToLong(e -> attributes.indexOf(new Attribute(e.getKey(), e.getValue())))
            .toArray();
    return new ProtoBytes()
        .number(1, stacks.indexOf(stack))
        .packed(2, labels)
        .packed(4, new long[] {sample.value()});
  }

  /** Every table is written after those that refer to it, so that it is complete. */
  private ProtoBytes dictionary() {
    ProtoBytes dictionary = new ProtoBytes();
    ProtoBytes zero = new ProtoBytes();
    dictionary.message(1, zero);
    dictionary.message(7, zero);
    stacks.entries().forEach(stack -> dictionary.message(7, stack(stack)));
    dictionary.message(2, zero);
    locations.entries().forEach(location -> dictionary.message(2, location(location)));
    dictionary.message(3, zero);
    functions.entries().forEach(function -> dictionary.message(3, function(function)));
    dictionary.message(4, new ProtoBytes().bytes(1, new byte[16]).bytes(2, new byte[8]));
    dictionary.message(6, zero);
    attributes.entries().forEach(attribute -> dictionary.message(6, attribute(attribute)));
    strings.entries().forEach(text -> dictionary.text(5, text));
    return dictionary;
  }

  private static ProtoBytes stack(List<Integer> locationIndexes) {
    long[] indexes = locationIndexes.stream().mapToLong(Integer::longValue).toArray();
    return new ProtoBytes().packed(1, indexes);
  }

  private ProtoBytes location(Location location) {
    ProtoBytes line =
        new ProtoBytes()
            .number(1, functions.indexOf(location.function()))
            .number(2, location.line());
    Attribute type = new Attribute("profile.frame.type", location.kind().attribute());
    return new ProtoBytes().message(3, line).packed(4, new long[] {attributes.indexOf(type)});
  }

  private ProtoBytes function(Function function) {
    long name = strings.indexOf(function.name());
    return new ProtoBytes()
        .number(1, name)
        .number(2, name)
        .number(3, strings.indexOf(function.file()));
  }

  private ProtoBytes attribute(Attribute attribute) {
    return new ProtoBytes()
        .number(1, strings.indexOf(attribute.key()))
        .message(2, ResourceBytes.anyValue(attribute.value()));
  }
}
