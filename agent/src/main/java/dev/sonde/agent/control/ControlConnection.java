package dev.sonde.agent.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

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
  @FunctionalInterface
  public interface Progress {
    boolean send(ObjectNode line);
  }

  /** Serves the request that waits at {@code socket}. */
  public static void serve(Path socket, Handler handler) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      JsonLines lines = new JsonLines(channel);
      JsonNode request = lines.read();
      if (request != null) {
        lines.write(answer(request, handler, line -> send(lines, line)));
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

  private static boolean send(JsonLines lines, ObjectNode line) {
    try {
      lines.write(line);
      return true;
    } catch (IOException gone) {
      return false;
    }
  }
}
