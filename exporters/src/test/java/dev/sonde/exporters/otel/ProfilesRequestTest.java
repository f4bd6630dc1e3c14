package dev.sonde.exporters.otel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sonde.exporters.SampleProfiles;
import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.collector.profiles.v1development.ExportProfilesServiceRequest;
import io.opentelemetry.proto.profiles.v1development.Function;
import io.opentelemetry.proto.profiles.v1development.KeyValueAndUnit;
import io.opentelemetry.proto.profiles.v1development.Link;
import io.opentelemetry.proto.profiles.v1development.Location;
import io.opentelemetry.proto.profiles.v1development.Mapping;
import io.opentelemetry.proto.profiles.v1development.ProfilesDictionary;
import io.opentelemetry.proto.profiles.v1development.Sample;
import io.opentelemetry.proto.profiles.v1development.Stack;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfilesRequestTest {
  private static final Resource RESOURCE =
      Resource.create(
          Attributes.builder().put("service.name", "shop").put("process.pid", 9).build());

  private static ExportProfilesServiceRequest parsed(Profile profile)
      throws InvalidProtocolBufferException {
    return ExportProfilesServiceRequest.parseFrom(ProfilesRequest.of(List.of(profile), RESOURCE));
  }

  /** Returns a sample as text, by what the dictionary says its indexes mean. */
  private static String describe(ProfilesDictionary dictionary, Sample sample) {
    List<String> frames = new ArrayList<>();
    for (int index : dictionary.getStackTable(sample.getStackIndex()).getLocationIndicesList()) {
      Location location = dictionary.getLocationTable(index);
      Function function = dictionary.getFunctionTable(location.getLines(0).getFunctionIndex());
      frames.add(
          "%s %s:%d %s"
              .formatted(
                  dictionary.getStringTable(function.getNameStrindex()),
                  dictionary.getStringTable(function.getFilenameStrindex()),
                  location.getLines(0).getLine(),
                  attributes(dictionary, location.getAttributeIndicesList())));
    }
    return frames
        + " "
        + sample.getValuesList()
        + " "
        + attributes(dictionary, sample.getAttributeIndicesList());
  }

  private static List<String> attributes(ProfilesDictionary dictionary, List<Integer> indexes) {
    List<String> texts = new ArrayList<>();
    for (int index : indexes) {
      KeyValueAndUnit attribute = dictionary.getAttributeTable(index);
      boolean number = attribute.getValue().hasIntValue();
      texts.add(
          dictionary.getStringTable(attribute.getKeyStrindex())
              + "="
              + (number
                  ? attribute.getValue().getIntValue()
                  : attribute.getValue().getStringValue()));
    }
    return texts;
  }

  @Test
  void officialClassesReadTheSameStacks() throws InvalidProtocolBufferException {
    Profile profile =
        new Profile(
            "CPU",
            "samples",
            "count",
            List.of(
                new Profile.Sample(
                    List.of(SampleProfiles.java("a.B.leaf", 3), SampleProfiles.java("a.B.main", 2)),
                    5,
                    Map.of("thread.id", 7L)),
                new Profile.Sample(
                    List.of(new Frame(Frame.Kind.KERNEL, "do_sys", null, 0)), 6, Map.of())),
            1_700_000_000_000_000_000L,
            2_000_000_000L);
    ExportProfilesServiceRequest request = parsed(profile);
    var resource = request.getResourceProfiles(0);
    assertEquals(
        Map.of("service.name", "shop", "process.pid", "9"),
        OtlpServer.attributes(resource.getResource().getAttributesList()));
    var message = resource.getScopeProfiles(0).getProfiles(0);
    ProfilesDictionary dictionary = request.getDictionary();
    assertEquals(1_700_000_000_000_000_000L, message.getTimeUnixNano());
    assertEquals(2_000_000_000L, message.getDurationNano());
    assertEquals("samples", dictionary.getStringTable(message.getSampleType().getTypeStrindex()));
    assertEquals(
        List.of(
            "[a.B.leaf B.java:3 [profile.frame.type=jvm], a.B.main B.java:2 [profile.frame.type=jvm]] [5] [thread.id=7]",
            "[do_sys :0 [profile.frame.type=kernel]] [6] []"),
        message.getSamplesList().stream().map(sample -> describe(dictionary, sample)).toList());
  }

  @Test
  void indexZeroOfEachTableIsTheZeroValue() throws InvalidProtocolBufferException {
    ProfilesDictionary dictionary = parsed(SampleProfiles.random(5, 50, 20)).getDictionary();
    assertEquals("", dictionary.getStringTable(0));
    assertEquals(Mapping.getDefaultInstance(), dictionary.getMappingTable(0));
    assertEquals(Location.getDefaultInstance(), dictionary.getLocationTable(0));
    assertEquals(Function.getDefaultInstance(), dictionary.getFunctionTable(0));
    assertEquals(Stack.getDefaultInstance(), dictionary.getStackTable(0));
    assertEquals(KeyValueAndUnit.getDefaultInstance(), dictionary.getAttributeTable(0));
    Link link = dictionary.getLinkTable(0);
    assertEquals(16, link.getTraceId().size());
    assertEquals(8, link.getSpanId().size());
    assertTrue(dictionary.getUnknownFields().asMap().isEmpty());
  }

  @Test
  void everyIndexLiesWithinItsTable() throws InvalidProtocolBufferException {
    ExportProfilesServiceRequest request = parsed(SampleProfiles.random(6, 500, 40));
    ProfilesDictionary dictionary = request.getDictionary();
    var samples =
        request.getResourceProfiles(0).getScopeProfiles(0).getProfiles(0).getSamplesList();
    assertEquals(500, samples.size());
    for (Sample sample : samples) {
      assertTrue(!describe(dictionary, sample).isEmpty()); // throws on an index out of range
    }
  }
}
