package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said where there is no Linux, by JVMs that are told to be elsewhere. */
class OtherSystemsIT {
  private static final String MAC = "-Dos.name=Mac OS X";
  private static final List<String> ON_MAC = List.of("env", "JDK_JAVA_OPTIONS=\"" + MAC + "\"");

  @TempDir Path folder;

  @BeforeAll
  static void needsEnv() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/env")), "needs env");
  }

  @Test
  void theFeaturesThatNeedLinuxAreSaid() throws Exception {
    Sonde.Result feature = Sonde.runWith(ON_MAC, ChildJvm.JAR, "feature");
    assertEquals(0, feature.exitCode(), feature.err());
    assertTrue(feature.out().contains("got Mac OS X, want Linux"), feature.out());
    assertTrue(feature.out().contains("method probes and JFR events work here"), feature.out());
  }

  @Test
  void aProfileComesFromTheFlightRecorderAndWhatItLacksIsRefused() throws Exception {
    try (ChildJvm child = ChildJvm.start(Path.of(System.getProperty("java.home")))) {
      Path page = folder.resolve("f.html");
      Sonde.Result flame =
          Sonde.runWith(ON_MAC, ChildJvm.JAR, "flame", child.pid(), "-d", "500ms", "-o", page);
      assertEquals(0, flame.exitCode(), flame.err());
      assertTrue(flame.err().contains("only Java frames, by JFR"), flame.err());
      assertTrue(flame.err().contains("want Linux"), flame.err());
      assertTrue(Files.size(page) > 0);
      Sonde.Result faults =
          Sonde.runWith(
              ON_MAC,
              ChildJvm.JAR,
              "record",
              child.pid(),
              "-e",
              "faults",
              "-o",
              folder.resolve("f.html"));
      assertEquals(1, faults.exitCode(), faults.out());
      assertTrue(faults.err().contains("want Linux"), faults.err());
      assertEquals(0, child.quit());
    }
  }

  @Test
  void nativeTargetsNeedLinuxAndMethodsDoNot() throws Exception {
    Path linuxOnly = session("native", "{name: sampled, enabled: false}");
    try (ChildJvm child =
        ChildJvm.start(Path.of(System.getProperty("java.home")), MAC, ChildJvm.agent(linuxOnly))) {
      assertTrue(child.stderr().contains("got Mac OS X, want Linux"), child.stderr());
      assertTrue(child.stderr().contains("the application runs on"), child.stderr());
      assertEquals(0, child.quit());
    }
    Path shop = session("shop", "");
    try (ChildJvm child =
        ChildJvm.start(Path.of(System.getProperty("java.home")), MAC, ChildJvm.agent(shop))) {
      child.ask("sell 10");
      String status = Sonde.run("status", child.pid(), "--json").out();
      List<String> runs = new ObjectMapper().readTree(status).findValuesAsText("run_cnt");
      assertTrue(runs.contains("10"), status);
      assertEquals(0, child.quit());
    }
  }

  private Path session(String object, String settings) throws Exception {
    return Files.writeString(
        folder.resolve(object + ".yaml"),
        "objects: [{file: %s, programs: [%s]}]%nexport: {console: off}%n"
            .formatted(TestPrograms.path(object), settings));
  }
}
