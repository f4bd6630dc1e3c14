package dev.sonde.vm.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.program.ProgramType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HelpersTest {
  /** The kernel has variants of these per type, of which one needs no GPL: here they all do. */
  private static final Set<String> GPL_VARIES = Set.of("bpf_get_stackid");

  /** The kernel gives these to fentry programs only; a method probe has the same to tell. */
  private static final Set<String> OURS =
      Set.of("bpf_get_func_arg", "bpf_get_func_ret", "bpf_get_func_arg_cnt");

  @Test
  void availabilityIsTheKernels() throws IOException {
    List<String[]> lines = kernelTable();
    String[] header = lines.get(0);
    List<String> differences = new ArrayList<>();
    int compared = 0;
    for (String[] line : lines.subList(1, lines.size())) {
      HelperProto row = Helpers.byId(Integer.parseInt(line[0]));
      if (row == null || OURS.contains(row.name())) {
        continue;
      }
      assertEquals("bpf_" + line[1], row.name());
      for (int column = 2; column < header.length; column++) {
        ProgramType type = ProgramType.valueOf(header[column].toUpperCase(Locale.ROOT));
        String want = line[column];
        String got = !type.allows(row) ? "." : row.gplOnly() ? "g" : "y";
        boolean varies = GPL_VARIES.contains(row.name()) && !want.equals(".") && !got.equals(".");
        if (!varies && !got.equals(want)) {
          differences.add("%s for %s: %s, kernel %s".formatted(row.name(), type, got, want));
        }
        compared++;
      }
    }
    assertEquals(List.of(), differences);
    assertTrue(compared > 300, "compared only " + compared);
  }

  @Test
  void rowsAreFoundByIdAndByName() {
    for (HelperProto row : Helpers.all()) {
      assertEquals(row, Helpers.byId(row.id()));
      assertEquals(row, Helpers.byName(row.name()));
    }
    assertNotNull(Helpers.byName("bpf_map_lookup_elem"));
    assertEquals(null, Helpers.byId(9999));
    assertEquals(null, Helpers.byId(-1));
  }

  @Test
  void everyBodyIsThereAndTakesWhatItsRowSays() {
    int bodies = 0;
    for (HelperProto row : Helpers.all()) {
      bodies += row.body() != null ? 1 : 0; // throws if it is another
    }
    assertTrue(bodies > 80, "only " + bodies);
  }

  private static List<String[]> kernelTable() throws IOException {
    try (InputStream in = HelpersTest.class.getResourceAsStream("/helpers/linux-6.18.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.trim().split("\\s+"))
          .toList();
    }
  }
}
