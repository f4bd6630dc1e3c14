package dev.sonde.agent.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A JFR recording in another JVM, started and ended by its diagnostic commands: it needs no agent.
 * Its files lie in a folder that both processes see, which close deletes.
 */
public final class FlightRecording implements AutoCloseable {
  private final JvmAttach jvm;
  private final TargetProcess target;
  private final Path folder;
  private final String name;
  private boolean running = true;

  private FlightRecording(long pid) throws IOException {
    this.jvm = new JvmAttach(pid);
    this.target = new TargetProcess(pid);
    target.check();
    this.folder = Files.createTempDirectory(target.tempFolder(), "sonde-");
    this.name = folder.getFileName().toString();
  }

  /**
   * Starts recording.
   *
   * @param settings by event, then by setting; other events stay off
   */
  public static FlightRecording start(long pid, Map<String, Map<String, String>> settings)
      throws IOException {
    FlightRecording recording = new FlightRecording(pid);
    try {
      Path file = recording.folder.resolve("settings.jfc");
      Files.writeString(file, jfc(settings));
      recording.target.letIn(recording.folder, file);
      recording.jvm.command(
          "JFR.start name=%s settings=%s"
              .formatted(recording.name, recording.target.asSeenInside(file)));
      return recording;
    } catch (IOException e) {
      recording.running = false;
      recording.close();
      throw e;
    }
  }

  /** Ends the recording and returns its file, which lives until close. */
  public Path stop() throws IOException {
    Path file = folder.resolve("recording.jfr");
    running = false;
    jvm.command("JFR.stop name=%s filename=%s".formatted(name, target.asSeenInside(file)));
    if (!Files.exists(file)) {
      throw new IOException("JFR: %s: not written by JFR.stop".formatted(file));
    }
    return file;
  }

  @Override
  public void close() throws IOException {
    if (running) {
      running = false;
      try {
        jvm.command("JFR.stop name=" + name);
      } catch (IOException gone) {
        // with the process its recording has ended
      }
    }
    for (String file : new String[] {"settings.jfc", "recording.jfr"}) {
      Files.deleteIfExists(folder.resolve(file));
    }
    Files.deleteIfExists(folder);
  }

  private static String jfc(Map<String, Map<String, String>> settings) {
    StringBuilder xml =
        new StringBuilder(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<configuration version=\"2.0\">\n");
    settings.forEach(
        (event, values) -> {
          xml.append("  <event name=\"").append(event).append("\">\n");
          values.forEach(
              (setting, value) ->
                  xml.append("    <setting name=\"%s\">%s</setting>\n".formatted(setting, value)));
          xml.append("  </event>\n");
        });
    return xml.append("</configuration>\n").toString();
  }
}
