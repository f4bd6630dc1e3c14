package dev.sonde.agent.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;

/** The jar that this command line runs from, which is also the agent that it loads elsewhere. */
final class AgentJar {
  private AgentJar() {}

  static Path path() throws IOException {
    try {
      return Path.of(AgentJar.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("sonde.jar: cannot tell where it lies: " + e.getMessage(), e);
    }
  }
}
