package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HelperReferenceTest {
  private static final Path PAGE = Path.of("../docs/reference/helpers.md");

  @Test
  void thePageIsCurrent() throws IOException {
    if (Boolean.getBoolean("sonde.reference.write")) {
      Files.createDirectories(PAGE.getParent());
      Files.writeString(PAGE, HelperReference.markdown());
    }
    assertEquals(
        HelperReference.markdown(),
        Files.readString(PAGE),
        "write it anew with mvn -pl vm -am test -Dtest=HelperReferenceTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dsonde.test.jvm=-Dsonde.reference.write=true");
  }
}
