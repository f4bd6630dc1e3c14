package dev.sonde.probes.unwind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.elf.ElfImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The sample is {@code elf/sample.cc} for aarch64, with a sample's registers as perf has them. */
class Aarch64CallFramesTest {
  private static final long SP = 0x7fff_0000;
  private static final long SINK = 0x1042c; // sub sp, sp, 160; stp x29, x30, [sp, 112]
  private static final long SINK_BODY = 0x10470;
  private static final long AFTER_CALL = 0x104b8; // in sample_entry
  private static final long SIGNATURE = 0x00a5_0000_0000_0000L; // of a return address

  private final ByteBuffer stack = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
  private final StackWindow window = new StackWindow();
  private final Registers registers = new Registers(Architecture.AARCH64);
  private final NativeStep step = new NativeStep(Architecture.AARCH64);

  private static CallFrames frames() throws IOException {
    try (InputStream in =
        Aarch64CallFramesTest.class.getResourceAsStream("/elf/sample-aarch64.so")) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      return CallFrames.of(ElfImage.of(bytes, "sample-aarch64.so"), Architecture.AARCH64);
    }
  }

  /** Registers in the order of asm/perf_regs.h: x0 to x29, lr, sp, pc. */
  private void sample(long fp, long lr, long sp, long pc) {
    ByteBuffer copied = ByteBuffer.allocate(33 * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int x = 0; x < 29; x++) {
      copied.putLong(x);
    }
    copied.putLong(fp).putLong(lr).putLong(sp).putLong(pc);
    assertEquals(33, Long.bitCount(Architecture.AARCH64.perfMask()));
    registers.load(copied, 0);
    window.set(stack, 0, 512, sp);
  }

  @Test
  void aLeafReturnsByItsLinkRegister() throws IOException {
    sample(SP + 48, AFTER_CALL, SP, SINK);
    assertNull(step.apply(frames().row(SINK), registers, window));
    assertEquals(AFTER_CALL, registers.pc());
    assertEquals(SP, registers.stackPointer());
    assertFalse(registers.isKnown(30)); // the caller's own is on its stack
  }

  @Test
  void aFrameIsWalkedByItsPointerToItsCallersCaller() throws IOException {
    stack.putLong(112, SP + 160 + 16).putLong(120, AFTER_CALL | SIGNATURE);
    stack.putLong(128, 21).putLong(144, 20).putLong(152, 19);
    stack.putLong(176, 0x29).putLong(184, 0x4444);
    sample(SP + 112, 0, SP, SINK_BODY);
    CallFrames frames = frames();
    assertNull(step.apply(frames.row(SINK_BODY), registers, window));
    assertEquals(AFTER_CALL, registers.pc(), "without its signature");
    assertEquals(SP + 160, registers.stackPointer());
    assertEquals(19, registers.get(19));
    assertEquals(20, registers.get(20));
    assertEquals(21, registers.get(21));
    assertNull(step.apply(frames.row(AFTER_CALL - 1), registers, window));
    assertEquals(0x4444, registers.pc());
    assertEquals(0x29, registers.framePointer());
    assertEquals(SP + 192, registers.stackPointer());
  }

  @Test
  void rowsHoldForAllAddressesUpToTheNext() throws IOException {
    CallFrames frames = frames();
    FrameRow body = frames.row(SINK_BODY);
    assertEquals(0x10440, body.from);
    assertEquals(0x10498, body.to);
    assertTrue(body == frames.row(0x10444), "read once");
    assertEquals(SINK, frames.row(SINK).from);
    assertEquals(0x10440, frames.row(0x10430).to);
    assertNull(frames.row(0x2_0000));
  }
}
