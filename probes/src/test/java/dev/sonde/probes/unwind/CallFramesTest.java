package dev.sonde.probes.unwind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.elf.ElfImage;
import dev.sonde.probes.elf.ElfSection;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The sample is {@code elf/sample.cc}; what it says is what {@code readelf -wF} shows. */
class CallFramesTest {
  private static final int MUTATIONS = 100_000;
  private static final int RBX = 3;
  private static final int RBP = 6;
  private static final int RSP = 7;
  private static final int R12 = 12;
  private static final int RETURN = 16;

  private static byte[] sample() throws IOException {
    try (InputStream in = CallFramesTest.class.getResourceAsStream("/elf/sample.so")) {
      return in.readAllBytes();
    }
  }

  private static CallFrames frames(byte[] bytes) throws IOException {
    return CallFrames.of(ElfImage.of(bytes, "sample.so"), Architecture.X86_64);
  }

  @Test
  void rowsFollowThePushesOfAPrologue() throws IOException {
    CallFrames frames = frames(sample());
    long sink = 0x310; // push r12, push rbp, push rbx, sub rsp
    assertEquals(8, frames.row(sink).cfaOffset);
    FrameRow body = frames.row(0x320);
    assertEquals(RSP, body.cfaRegister);
    assertEquals(144, body.cfaOffset);
    assertEquals(-32, body.values[RBX]);
    assertEquals(-24, body.values[RBP]);
    assertEquals(-16, body.values[R12]);
    assertEquals(-8, body.values[RETURN]);
    assertEquals(FrameRow.SAME, body.kinds[13]);
  }

  @Test
  void aRememberedStateComesBackBehindTheEpilogue() throws IOException {
    CallFrames frames = frames(sample());
    assertEquals(8, frames.row(0x34b).cfaOffset); // at the ret
    assertEquals(144, frames.row(0x34c).cfaOffset); // the block behind it
    assertNull(frames.row(0x1000));
  }

  @Test
  void thePltComputesItsFrameByAnExpression() throws IOException {
    FrameRow plt = frames(sample()).row(0x30a);
    assertNotNull(plt.cfaExpression);
    Registers registers = new Registers(Architecture.X86_64);
    registers.load(0x7000, 0x30a); // rip & 15 = 10, below 11: nothing was pushed yet
    assertEquals(0x7008, DwarfExpression.evaluate(plt.cfaExpression, registers, new StackWindow()));
    registers.load(0x7000, 0x30b);
    assertEquals(0x7010, DwarfExpression.evaluate(plt.cfaExpression, registers, new StackWindow()));
  }

  @Test
  void aStepRestoresWhatWasPushed() throws IOException {
    ByteBuffer stack = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    long sp = 0x7ff0_0000;
    stack.putLong(144 - 8, 0x1234).putLong(144 - 16, 12).putLong(144 - 24, 6).putLong(144 - 32, 3);
    StackWindow window = new StackWindow();
    window.set(stack, 0, 256, sp);
    Registers registers = new Registers(Architecture.X86_64);
    registers.load(sp, 0x320);
    String why =
        new NativeStep(Architecture.X86_64).apply(frames(sample()).row(0x320), registers, window);
    assertNull(why);
    assertEquals(0x1234, registers.pc());
    assertEquals(sp + 144, registers.stackPointer());
    assertEquals(6, registers.get(RBP));
    assertEquals(3, registers.get(RBX));
    assertEquals(12, registers.get(R12));
  }

  @Test
  void aStackThatWasNotCopiedFarEnoughEndsWithAWord() throws IOException {
    StackWindow window = new StackWindow();
    window.set(ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN), 0, 64, 0x7000);
    Registers registers = new Registers(Architecture.X86_64);
    registers.load(0x7000, 0x320);
    String why =
        new NativeStep(Architecture.X86_64).apply(frames(sample()).row(0x320), registers, window);
    assertEquals("the return address is beyond the copied stack", why);
  }

  @Test
  void withoutTheSearchTableAllIsRead() throws IOException {
    byte[] bytes = sample();
    ElfImage image = ElfImage.of(bytes, "sample.so");
    ElfSection header = image.section(".eh_frame_hdr").orElseThrow();
    bytes[(int) header.offset() + 3] = (byte) 0xff; // the table's encoding: omitted
    CallFrames scanned = frames(bytes);
    for (long pc = 0x2f0; pc < 0x380; pc++) {
      FrameRow want = frames(sample()).row(pc);
      FrameRow got = scanned.row(pc);
      assertEquals(want == null, got == null);
      assertEquals(want == null ? 0 : want.cfaOffset, got == null ? 0 : got.cfaOffset);
    }
  }

  @Test
  void mutatedCallFramesGiveRowsOrAreRefused() throws IOException {
    byte[] sample = sample();
    ElfImage image = ElfImage.of(sample, "sample.so");
    int from = (int) image.section(".eh_frame_hdr").orElseThrow().offset();
    ElfSection frames = image.section(".eh_frame").orElseThrow();
    int length = (int) (frames.offset() + frames.sizeBytes()) - from;
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    int rows = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bytes = sample.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        bytes[from + random.nextInt(length)] = (byte) random.nextInt();
      }
      try {
        rows += walk(bytes, random);
      } catch (ObjectFormatException refused) {
        // the other permitted answer
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", mutation " + i, e);
      }
    }
    assertTrue(rows > MUTATIONS / 10, rows + " rows");
  }

  private static int walk(byte[] bytes, Random random) throws IOException {
    CallFrames frames = frames(bytes);
    StackWindow window = new StackWindow();
    window.set(ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN), 0, 512, 0x7000);
    int rows = 0;
    for (int i = 0; i < 3; i++) {
      long pc = 0x2f0 + random.nextInt(0x90);
      FrameRow row = frames.row(pc);
      if (row != null) {
        rows++;
        Registers registers = new Registers(Architecture.X86_64);
        registers.load(0x7000, pc);
        new NativeStep(Architecture.X86_64).apply(row, registers, window);
      }
    }
    return rows;
  }
}
