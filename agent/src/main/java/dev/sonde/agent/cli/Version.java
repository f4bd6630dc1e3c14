package dev.sonde.agent.cli;

import java.io.IOException;
import java.util.jar.JarFile;
import picocli.CommandLine.IVersionProvider;

/** The version that the jar's manifest carries. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() throws IOException {
    try (JarFile jar = new JarFile(AgentJar.path().toFile())) {
      String version = jar.getManifest().getMainAttributes().getValue("Implementation-Version");
      return new String[] {"sonde " + version};
    }
  }
}
