package dev.sonde.exporters.otel;

import dev.sonde.exporters.profile.Profile;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.resources.Resource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Sends what the stack maps gained since the last time by OTLP's profiles signal. Experimental, and
 * only with {@code OTEL_PROFILES_EXPORTER=otlp}: the signal itself is in development.
 *
 * <p>One request is under way at a time. What cannot be sent meanwhile, or is refused, is not lost:
 * the maps keep counting, and the next request carries it.
 */
final class ProfileSender {
  private static final String PATH = "/v1development/profiles";

  /** A stack of a profile with its labels: what a weight belongs to. */
  private record Key(String profile, Profile.Sample sample) {
    static Key of(Profile profile, Profile.Sample sample) {
      return new Key(profile.name(), new Profile.Sample(sample.frames(), 0, sample.labels()));
    }
  }

  private final HttpClient client;
  private final URI uri;
  private final Map<String, String> headers;
  private final Duration timeout;
  private final Resource resource;
  private final OtlpDelivery delivery;
  private final Map<Key, Long> sent = new HashMap<>();
  private final Map<String, Profile> latest = new HashMap<>();
  private final Map<String, Long> sentUntilUnixNanos = new HashMap<>();
  private @Nullable CompletableFuture<Boolean> underWay;
  private List<Profile> carried = List.of(); // cumulative profiles whose gain is under way

  ProfileSender(ConfigProperties config, Resource resource, OtlpDelivery delivery) {
    String base = config.getString("otel.exporter.otlp.endpoint", "http://localhost:4318");
    String own = config.getString("otel.exporter.otlp.profiles.endpoint");
    this.uri = URI.create(own != null ? own : base.replaceAll("/+$", "") + PATH);
    this.headers = config.getMap("otel.exporter.otlp.headers");
    this.timeout = config.getDuration("otel.exporter.otlp.timeout", Duration.ofSeconds(10));
    this.client = HttpClient.newBuilder().connectTimeout(timeout).build();
    this.resource = resource;
    this.delivery = delivery;
  }

  /** Takes the stacks so far; sends at once if no request is under way. */
  void offer(Profile profile) {
    latest.put(profile.name(), profile);
    settle(0);
    if (underWay == null) {
      send();
    }
  }

  /** Waits for the request under way, then sends the rest and waits for that. */
  void flush(long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    settle(timeoutNanos);
    if (underWay == null) {
      send();
      settle(Math.max(0, deadline - System.nanoTime()));
    }
  }

  private void send() {
    List<Profile> gains = new ArrayList<>();
    latest.values().forEach(profile -> addGain(profile, gains));
    if (gains.isEmpty()) {
      return;
    }
    carried = List.copyOf(latest.values());
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout);
    headers.forEach(request::header);
    request.header("Content-Type", "application/x-protobuf").header("Content-Encoding", "gzip");
    byte[] body = gzip(ProfilesRequest.of(gains, resource));
    underWay =
        client
            .sendAsync(
                request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                HttpResponse.BodyHandlers.discarding())
            .handle(this::isAccepted);
  }

  private void addGain(Profile profile, List<Profile> gains) {
    List<Profile.Sample> samples = new ArrayList<>();
    for (Profile.Sample sample : profile.samples()) {
      long gain = sample.value() - sent.getOrDefault(Key.of(profile, sample), 0L);
      if (gain > 0) {
        samples.add(new Profile.Sample(sample.frames(), gain, sample.labels()));
      }
    }
    if (!samples.isEmpty()) {
      long end = profile.startUnixNanos() + profile.durationNanos();
      long start = sentUntilUnixNanos.getOrDefault(profile.name(), profile.startUnixNanos());
      gains.add(
          new Profile(
              profile.name(), profile.valueType(), profile.unit(), samples, start, end - start));
    }
  }

  private Boolean isAccepted(@Nullable HttpResponse<Void> response, @Nullable Throwable failure) {
    boolean accepted = response != null && response.statusCode() / 100 == 2;
    if (!accepted) {
      delivery.profilesFailed(
          uri, response != null ? "HTTP status " + response.statusCode() : String.valueOf(failure));
    }
    return accepted;
  }

  /** Notes what became of the request under way, waiting for it at most {@code waitNanos}. */
  private void settle(long waitNanos) {
    CompletableFuture<Boolean> request = underWay;
    if (request == null) {
      return;
    }
    try {
      boolean accepted = request.get(waitNanos, TimeUnit.NANOSECONDS);
      underWay = null;
      if (accepted) {
        carried.forEach(this::noteSent);
      }
    } catch (TimeoutException stillUnderWay) {
      // the next offer or flush looks again
    } catch (ExecutionException impossible) {
      underWay = null; // isAccepted turned failures into false
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void noteSent(Profile profile) {
    for (Profile.Sample sample : profile.samples()) {
      sent.put(Key.of(profile, sample), sample.value());
    }
    sentUntilUnixNanos.put(profile.name(), profile.startUnixNanos() + profile.durationNanos());
  }

  private static byte[] gzip(byte[] body) {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(body);
    } catch (IOException impossible) {
      throw new IllegalStateException("a byte array refused bytes", impossible);
    }
    return zipped.toByteArray();
  }
}
