package dev.sonde.agent.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.vm.context.OwnThreads;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The agent's end: connects to whoever sent for it, answers one request, and is gone. */
public final class ControlConnection {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ControlConnection() {}

  /** What a request does; an exception's message goes back as the error. */
  @FunctionalInterface
  public interface Handler {
    /** Fills {@code answer} and may send progress before it returns. */
    void handle(JsonNode request, ObjectNode answer, Progress progress) throws Exception;
  }

  /** Sends a line before the final answer; false when nobody listens any more. */
  public interface Progress {
    boolean send(ObjectNode line);

    /** Tells whether the other end wants no more, or is gone. */
    boolean stopped();
  }

  /** Serves the request that waits at {@code socket}. */
  public static void serve(Path socket, Handler handler) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      JsonLines lines = new JsonLines(channel);
      JsonNode request = lines.read();
      if (request != null) {
        lines.write(answer(request, handler, new Line(lines)));
      }
    }
  }

  private static ObjectNode answer(JsonNode request, Handler handler, Progress progress) {
    ObjectNode answer = JSON.createObjectNode();
    try {
      handler.handle(request, answer, progress);
      return answer.put("ok", true);
    } catch (Exception | LinkageError e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      return JSON.createObjectNode().put("ok", false).put("error", message);
    }
  }

  /** Progress over the connection; who asks whether it is stopped has it listen for the word. */
  private static final class Line implements Progress {
    private final JsonLines lines;
    private @Nullable Thread listener;
    private volatile boolean stopped;

    Line(JsonLines lines) {
      this.lines = lines;
    }

    @Override
    public boolean send(ObjectNode line) {
      try {
        lines.write(line);
        return true;
      } catch (IOException gone) {
        stopped = true;
        return false;
      }
    }

    @Override
    public boolean stopped() {
      if (listener == null) {
        listener = OwnThreads.start("sonde-control-listener", this::listen);
      }
      return stopped;
    }

    /** Any line means stop, and so does the end. */
    private void listen() {
      try {
        lines.read();
      } catch (IOException gone) {
        // as good as a word
      }
      stopped = true;
    }
  }
}
