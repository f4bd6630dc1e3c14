package dev.sonde.agent.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The command line's end: listens on a socket file that only this user can reach, has the target's
 * agent connect to it, sends one request and hands over the answers.
 */
public final class ControlClient {
  private static final long CONNECT_TIMEOUT_MILLIS = 15_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final long pid;
  private final Path jar;
  private final TargetProcess target;
  private volatile @Nullable JsonLines conversation;

  public ControlClient(long pid, Path jar) {
    this.pid = pid;
    this.jar = jar;
    this.target = new TargetProcess(pid);
  }

  /**
   * Sends {@code request} and returns the last answer, the one with an {@code ok} field.
   *
   * @param progress takes every answer before it
   * @throws IOException when the target cannot be reached, or what it says went wrong
   */
  public JsonNode send(Map<String, ?> request, Consumer<JsonNode> progress) throws IOException {
    target.check();
    Path folder = Files.createTempDirectory(target.tempFolder(), "sonde-");
    Path socket = folder.resolve("control");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      target.letIn(folder, socket);
      new JvmAttach(pid).loadAgent(visibleJar(), "control=" + target.asSeenInside(socket));
      try (SocketChannel channel = accept(server)) {
        return converse(new JsonLines(channel), request, progress);
      }
    } finally {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(folder);
    }
  }

  /** Asks the agent to end what a running {@link #send} waits for; its answer still comes. */
  public void stop() {
    JsonLines now = conversation;
    if (now != null) {
      try {
        now.write(JSON.createObjectNode().put("stop", true));
      } catch (IOException gone) {
        // then send has its answer or its error already
      }
    }
  }

  /** Makes {@code file} one that the target can open: itself, or a copy in its temp folder. */
  public SharedFile share(Path file) throws IOException {
    if (target.sharesOurRoot()) {
      return new SharedFile(file.toAbsolutePath(), null);
    }
    Path copy = Files.createTempFile(target.tempFolder(), "sonde-", "-" + file.getFileName());
    SharedFile shared = new SharedFile(Path.of(target.asSeenInside(copy)), copy);
    try {
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      target.letIn(copy, copy);
      return shared;
    } catch (IOException e) {
      shared.close();
      throw e;
    }
  }

  private JsonNode converse(JsonLines lines, Map<String, ?> request, Consumer<JsonNode> progress)
      throws IOException {
    conversation = lines;
    lines.write(JSON.valueToTree(request));
    for (JsonNode answer = lines.read(); answer != null; answer = lines.read()) {
      if (!answer.has("ok")) {
        progress.accept(answer);
      } else if (answer.get("ok").asBoolean()) {
        return answer;
      } else {
        throw new IOException(answer.path("error").asText());
      }
    }
    throw new IOException("process %d: ended before it answered".formatted(pid));
  }

  private SocketChannel accept(ServerSocketChannel server) throws IOException {
    server.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      server.register(selector, SelectionKey.OP_ACCEPT);
      if (selector.select(CONNECT_TIMEOUT_MILLIS) == 0) {
        throw new IOException(
            "process %d: took the agent but did not call back within 15 s: its stderr says why"
                .formatted(pid));
      }
      SocketChannel channel = server.accept();
      channel.configureBlocking(true);
      return channel;
    }
  }

  /** A target in a container gets a copy of the jar where it can read it. */
  private Path visibleJar() throws IOException {
    if (target.sharesOurRoot()) {
      return jar.toAbsolutePath();
    }
    Path copy = target.tempFile("sonde-%d.jar".formatted(Files.size(jar)));
    if (!Files.exists(copy)) {
      Files.copy(jar, copy, StandardCopyOption.REPLACE_EXISTING);
    }
    return Path.of(target.asSeenInside(copy));
  }
}
