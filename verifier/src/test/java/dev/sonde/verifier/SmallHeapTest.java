package dev.sonde.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.vm.BpfCollection;
import dev.sonde.vm.PinnedMaps;
import dev.sonde.vm.elf.ObjectReader;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A program that is too complex is refused before it takes the heap of the JVM that it is for. */
class SmallHeapTest {
  private static final Path ENDLESS =
      Path.of("src/test/resources/constructs/callbacks.clang16.v3.o");
  private static final boolean LONG = Boolean.getBoolean("sonde.long");

  /** States of 12 MB in a heap of 48, and in the long form of 256 MB in a heap of 1024. */
  @Test
  void aProgramWithoutEndIsRefusedInASmallHeap() throws IOException, InterruptedException {
    assertRefused(48, 12);
    if (LONG) {
      assertRefused(1024, 256);
    }
  }

  private static void assertRefused(int heapMegabytes, int stateMegabytes)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heapMegabytes + "m");
    command.add("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
    command.add("--add-exports=java.base/jdk.internal.access=ALL-UNNAMED");
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(SmallHeapTest.class.getName());
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(child.getInputStream().readAllBytes());
    assertEquals(0, child.waitFor(), output);
    String want =
        "refused: %d: the states of the program take %d MB".formatted(Errno.ENOMEM, stateMegabytes);
    assertEquals(true, output.contains(want), output);
  }

  /** The child: fills a map value at an index that a callback counts, no two states are alike. */
  public static void main(String[] args) throws IOException {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection =
            BpfCollection.create(ObjectReader.read(ENDLESS), Map.of(), pinned, Kfuncs::byName)) {
      for (ResolvedProgram program : collection.programs()) {
        if (program.spec().name().equals("fe_idx")) {
          verify(program);
        }
      }
    }
  }

  private static void verify(ResolvedProgram program) {
    try {
      Verifier.verify(program, new VerifierOptions(1, false, Integer.MAX_VALUE - 1));
      System.out.println("accepted");
    } catch (VerificationException e) {
      System.out.println(
          "refused: "
              + e.errno()
              + ": "
              + e.log()
                  .lines()
                  .filter(l -> l.startsWith("the states"))
                  .findFirst()
                  .orElse(e.log()));
    }
  }
}
