package dev.sonde.exporters.otel;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who sends: the attributes of this JVM, named as the semantic conventions 1.45 name them. */
final class ProcessResource {
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
  private static final Pattern CONTAINER_ID = Pattern.compile("[0-9a-f]{64}");

  private ProcessResource() {}

  /**
   * Returns {@code found} (the SDK's own, with what OTEL_* said) completed by {@code given} and by
   * what this process knows of itself.
   */
  static Resource merge(Resource found, Map<String, String> given) {
    AttributesBuilder own = processAttributes();
    given.forEach(own::put);
    Attributes ownAttributes = own.build();
    Attributes foundAttributes = found.getAttributes();
    String service = foundAttributes.get(SERVICE_NAME);
    if (service == null || service.startsWith("unknown_service")) {
      foundAttributes = foundAttributes.toBuilder().remove(SERVICE_NAME).build();
    }
    return Resource.create(ownAttributes)
        .merge(Resource.create(foundAttributes, found.getSchemaUrl()));
  }

  private static AttributesBuilder processAttributes() {
    AttributesBuilder builder = Attributes.builder();
    builder.put(SERVICE_NAME, mainClassName());
    builder.put("telemetry.distro.name", "sonde");
    builder.put("process.pid", ProcessHandle.current().pid());
    builder.put("process.runtime.name", System.getProperty("java.runtime.name", "Java"));
    builder.put("process.runtime.version", System.getProperty("java.runtime.version", ""));
    builder.put(
        "process.runtime.description",
        "%s %s %s"
            .formatted(
                System.getProperty("java.vm.vendor"),
                System.getProperty("java.vm.name"),
                System.getProperty("java.vm.version")));
    ProcessHandle.current()
        .info()
        .command()
        .ifPresent(c -> builder.put("process.executable.path", c));
    builder.put("os.type", System.getProperty("os.name", "").toLowerCase(java.util.Locale.ROOT));
    hostName().ifPresent(name -> builder.put("host.name", name));
    containerId().ifPresent(id -> builder.put("container.id", id));
    return builder;
  }

  /** The simple name of the main class, or the jar's: the best guess at what the service is. */
  private static String mainClassName() {
    String command = System.getProperty("sun.java.command", "").strip();
    String main = command.isEmpty() ? "java" : command.split("\\s+")[0];
    if (main.endsWith(".jar")) {
      String file = main.substring(main.lastIndexOf('/') + 1);
      return file.substring(0, file.length() - ".jar".length());
    }
    return main.substring(main.lastIndexOf('.') + 1);
  }

  private static Optional<String> hostName() {
    try {
      return Optional.of(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    } catch (IOException notLinux) {
      try {
        return Optional.of(InetAddress.getLocalHost().getHostName());
      } catch (UnknownHostException noName) {
        return Optional.empty();
      }
    }
  }

  /** cgroup v1 names the container in /proc/self/cgroup, v2 only through what is mounted. */
  private static Optional<String> containerId() {
    for (String file : new String[] {"/proc/self/cgroup", "/proc/self/mountinfo"}) {
      try {
        for (String line : Files.readAllLines(Path.of(file))) {
          Matcher matcher = CONTAINER_ID.matcher(line);
          if ((line.contains("/containers/") || line.contains("docker") || file.endsWith("cgroup"))
              && matcher.find()) {
            return Optional.of(matcher.group());
          }
        }
      } catch (IOException notLinux) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }
}
