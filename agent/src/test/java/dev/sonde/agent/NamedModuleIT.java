package dev.sonde.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An application that is a module, exports nothing and reads only what it needs. */
class NamedModuleIT {
  @TempDir Path folder;

  static Stream<Path> jdks() throws IOException {
    return ChildJvm.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aModulesMethodsAreTraced(Path jdk) throws Exception {
    Path modules = compile();
    Path config =
        Files.writeString(
            folder.resolve("shop.yaml"),
            "objects: [{file: %s, variables: {least_amount: 0}}]\nexport: {console: off}\n"
                .formatted(TestPrograms.path("shop")));
    List<String> application =
        List.of("-p", modules.toString(), "-m", "testapp/dev.sonde.testapp.Shop");
    try (ChildJvm child = ChildJvm.start(jdk, List.of(ChildJvm.agent(config)), application)) {
      child.ask("sell 378");
      Sonde.Result status = Sonde.run("status", child.pid(), "--json");
      assertTrue(status.out().contains("\"run_cnt\" : 378"), status.out() + status.err());
      assertEquals("invisible", child.ask("see dev.sonde.vm.map.BpfMap"));
      assertEquals(0, Sonde.run("detach", child.pid()).exitCode());
      child.ask("sell 5");
      assertEquals(0, child.quit());
      assertEquals(List.of(), child.noise());
    }
  }

  private Path compile() throws IOException {
    Path module = Files.createDirectories(folder.resolve("modules/testapp"));
    Path declaration =
        Files.writeString(
            Files.createDirectories(folder.resolve("src")).resolve("module-info.java"),
            "module testapp { requires java.management; }");
    List<String> arguments =
        new ArrayList<>(
            List.of("--release", "17", "-d", module.toString(), declaration.toString()));
    try (Stream<Path> sources = Files.list(Path.of("src/test/java/dev/sonde/testapp"))) {
      sources.map(Path::toString).forEach(arguments::add);
    }
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertEquals(0, failed, "javac");
    return module.getParent();
  }
}
