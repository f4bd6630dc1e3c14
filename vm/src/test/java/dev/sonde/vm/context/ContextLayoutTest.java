package dev.sonde.vm.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sonde.vm.program.ProgramType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContextLayoutTest {
  /** The table was asked for offsets up to here. */
  private static final int ASKED_BYTES = 264;

  @ParameterizedTest
  @EnumSource(
      value = ProgramType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SYSCALL"})
  void accessesAreTheKernels(ProgramType type) throws IOException {
    Map<String, BitSet> kernel = kernelTable(type.name().toLowerCase(Locale.ROOT));
    // Behind pt_regs a kprobe sees Sonde's own fields, of which the kernel knows nothing.
    int end = type == ProgramType.KPROBE ? PtRegs.SIZE_BYTES : ASKED_BYTES;
    for (int size = 1; size <= 8; size *= 2) {
      BitSet reads = kernel.getOrDefault("read" + size, new BitSet());
      BitSet writes = kernel.getOrDefault("write" + size, new BitSet());
      for (int offset = 0; offset + size <= end; offset += size) {
        String what = "%s offset %d size %d".formatted(type, offset, size);
        ContextLayout layout = type.contextLayout();
        assertEquals(reads.get(offset), layout.access(offset, size, false) != null, what);
        assertEquals(
            writes.get(offset), layout.access(offset, size, true) != null, "write " + what);
      }
    }
  }

  @Test
  void unalignedAndNegativeOffsetsAreRefused() {
    assertNull(ContextLayout.KPROBE.access(1, 2, false));
    assertNull(ContextLayout.KPROBE.access(-8, 8, false));
    assertNull(ContextLayout.KPROBE.access(MethodContext.SIZE_BYTES, 8, false));
    assertNotNull(ContextLayout.KPROBE.access(MethodContext.SIZE_BYTES - 8, 8, false));
  }

  @Test
  void packetPointersAreKeptWhole() {
    ContextAccess data = ContextLayout.XDP.access(0, 4, false);
    assertNotNull(data);
    assertEquals(ContextValue.PACKET, data.value());
    assertEquals(8, data.storedSizeBytes());
    assertEquals(PacketContext.XDP.dataOffset(), data.storedOffsetBytes());
  }

  private static Map<String, BitSet> kernelTable(String type) throws IOException {
    Map<String, BitSet> table = new HashMap<>();
    try (InputStream in = ContextLayoutTest.class.getResourceAsStream("/context/linux-6.18.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      String section = text.substring(text.indexOf("## " + type + "\n"));
      section
          .lines()
          .skip(1)
          .takeWhile(line -> !line.startsWith("##"))
          .forEach(l -> parse(l, table));
    }
    return table;
  }

  private static void parse(String line, Map<String, BitSet> table) {
    String[] parts = line.trim().split(":");
    BitSet offsets = new BitSet();
    for (String range : parts[1].trim().split(" ")) {
      String[] ends = range.split("\\.\\.");
      offsets.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
    }
    table.put(parts[0].replace("?", "").trim(), offsets);
  }
}
