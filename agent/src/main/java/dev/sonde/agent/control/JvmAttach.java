package dev.sonde.agent.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Loads an agent into a running HotSpot JVM: the attach protocol of jdk.attach in pure java.base,
 * so that a JRE is enough. A target in another mount namespace is reached through {@code
 * /proc/PID/root}.
 *
 * <p>Protocol: a file {@code .attach_pidN} in the target's working directory or temp folder and
 * SIGQUIT make the JVM listen on {@code .java_pidN}; a request is NUL-terminated strings, {@code 1,
 * load, instrument, false, JAR=ARGUMENT}; the answer begins with a decimal result, 0 for success.
 *
 * @see <a
 *     href="https://github.com/openjdk/jdk/blob/jdk-17%2B35/src/jdk.attach/linux/classes/sun/tools/attach/VirtualMachineImpl.java">VirtualMachineImpl</a>
 */
public final class JvmAttach {
  private static final long SOCKET_TIMEOUT_NANOS = 5_000_000_000L;

  private final long pid;
  private final TargetProcess target;

  public JvmAttach(long pid) {
    this.pid = pid;
    this.target = new TargetProcess(pid);
  }

  /**
   * Makes the target load {@code jar} and call its agentmain with {@code argument}.
   *
   * @throws IOException with what was wrong and a way out
   */
  public void loadAgent(Path jar, String argument) throws IOException {
    target.check();
    Path socket = target.tempFile(".java_pid" + target.innerPid());
    if (!Files.exists(socket)) {
      startListener(socket);
    }
    String answer = request(socket, "load", "instrument", "false", jar + "=" + argument);
    if (!answer.lines().findFirst().orElse("").strip().equals("0")) {
      throw new IOException(
          "attach: process %d: the JVM refused to load %s: %s%s"
              .formatted(pid, jar, oneLine(answer), hint(answer)));
    }
  }

  /**
   * Runs a diagnostic command, as {@code jcmd} does, and returns what it prints.
   *
   * @throws IOException with the JVM's words when it refuses
   */
  public String command(String command) throws IOException {
    target.check();
    Path socket = target.tempFile(".java_pid" + target.innerPid());
    if (!Files.exists(socket)) {
      startListener(socket);
    }
    String answer = request(socket, "jcmd", command, "", "");
    int line = answer.indexOf('\n');
    String result = line < 0 ? answer : answer.substring(0, line);
    String text = line < 0 ? "" : answer.substring(line + 1);
    if (!result.strip().equals("0") || text.contains("Exception")) {
      throw new IOException(
          "process %d: %s: %s"
              .formatted(pid, command.split(" ", 2)[0], oneLine(text.isEmpty() ? answer : text)));
    }
    return text;
  }

  private void startListener(Path socket) throws IOException {
    target.requireJvm();
    Path trigger = createTrigger();
    try {
      signalQuit();
      long deadline = System.nanoTime() + SOCKET_TIMEOUT_NANOS;
      while (!Files.exists(socket)) {
        if (System.nanoTime() - deadline > 0) {
          throw new IOException(
              "attach: process %d: no %s within 5 s of SIGQUIT: is it a HotSpot JVM with"
                      .formatted(pid, socket)
                  + " -XX:-DisableAttachMechanism, and are you its user?");
        }
        pause();
      }
    } finally {
      Files.deleteIfExists(trigger);
    }
  }

  private Path createTrigger() throws IOException {
    Path inWorkingDirectory = target.workingDirectory().resolve(".attach_pid" + target.innerPid());
    try {
      return Files.createFile(inWorkingDirectory);
    } catch (IOException readOnly) {
      Path inTemp = target.tempFile(".attach_pid" + target.innerPid());
      Files.deleteIfExists(inTemp);
      return Files.createFile(inTemp);
    }
  }

  /** The one impure step: Java has no kill(2). */
  private void signalQuit() throws IOException {
    Process kill = new ProcessBuilder("kill", "-QUIT", Long.toString(pid)).start();
    try {
      if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IOException(
            "attach: process %d: cannot signal it: run as its user or as root".formatted(pid));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("attach: interrupted", e);
    }
  }

  private String request(Path socket, String... parts) throws IOException {
    StringBuilder request = new StringBuilder("1\0");
    for (String part : parts) {
      request.append(part).append('\0');
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer out = ByteBuffer.wrap(request.toString().getBytes(StandardCharsets.UTF_8));
      while (out.hasRemaining()) {
        channel.write(out);
      }
      ByteBuffer in = ByteBuffer.allocate(64 << 10);
      while (in.hasRemaining() && channel.read(in) >= 0) {
        // until the JVM closes its end
      }
      return new String(in.array(), 0, in.position(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IOException(
          "attach: process %d: %s: %s: run as the process's user or as root"
              .formatted(pid, socket, e.getMessage()),
          e);
    }
  }

  private static String oneLine(String answer) {
    return answer.strip().replace('\n', ' ');
  }

  private static String hint(String answer) {
    return answer.contains("Dynamic agent loading is not enabled")
        ? " (start the JVM without -XX:-EnableDynamicAgentLoading, or use -javaagent)"
        : "";
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("attach: interrupted", e);
    }
  }
}
