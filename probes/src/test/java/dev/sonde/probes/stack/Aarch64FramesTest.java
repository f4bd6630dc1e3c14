package dev.sonde.probes.stack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.probes.unwind.Architecture;
import dev.sonde.probes.unwind.Registers;
import dev.sonde.probes.unwind.StackWindow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Insns as HotSpot's compilers emit them, assembled by clang, in the order of a method's life. */
class Aarch64FramesTest {
  @ParameterizedTest
  @CsvSource({
    // before the frame is complete: a small one
    "e95340d1 3f0100f9, false, RETURN_ADDRESS", // sub x9, sp, #20, lsl 12; str xzr, [x9]
    "ffc300d1 fd7b02a9, false, RETURN_ADDRESS", // sub sp, sp, 48; stp x29, x30, [sp, 32]
    "fd7b02a9 1f2003d5, false, COMPLETE_WITHOUT_POINTER",
    // a large one
    "fd7bbfa9 ff0310d1, false, RETURN_ADDRESS", // stp x29, x30, [sp, -16]!
    "fd030091 ff0310d1, false, POINTER_PUSHED", // mov x29, sp
    "ff0310d1 1f2003d5, false, POINTER_PUSHED", // sub sp, sp, 1024
    "080084d2 ff6328cb, false, POINTER_PUSHED", // mov x8, 0x2000; sub sp, sp, x8
    "ff6328cb 1f2003d5, false, POINTER_PUSHED",
    // behind it
    "1f2003d5 1f2003d5, true, COMPLETE",
    "fd7b42a9 ffc30091, true, COMPLETE", // ldp x29, x30, [sp, 32]; add sp, sp, 48
    "ffc30091 883742f9, true, COMPLETE",
    "fdc3c1a8 883742f9, true, COMPLETE", // ldp x29, x16, [sp], 16: another pair
    "fd7bc1a8 883742f9, true, POINTER_PUSHED", // ldp x29, x30, [sp], 16
    "883742f9 ff6328eb, true, RETURN_ADDRESS", // ldr x8, [x28, 1128]; cmp sp, x8
    "883742f9 1f2003d5, true, COMPLETE", // a load of the method itself
    "ff6328eb 48060054, true, RETURN_ADDRESS",
    "48060054 c0035fd6, true, RETURN_ADDRESS", // b.hi STUB; ret
    "48060054 1f2003d5, true, COMPLETE",
    "c0035fd6, true, RETURN_ADDRESS"
  })
  void insnsTellWhatIsOnTheStack(String insns, boolean pastPrologue, FrameState want) {
    byte[] bytes = HexFormat.of().parseHex(insns.replace(" ", ""));
    assertEquals(want, new Aarch64Frames().stateAt(bytes, pastPrologue));
  }

  @Test
  void theCallStubGivesBackWhatNativeCodeKeepsInRegisters() {
    ByteBuffer stack = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    long fp = 0x7000 + 200;
    for (int register = 19; register <= 28; register++) {
      stack.putLong(200 - 8 * (register - 10), register); // x19 at fp - 72
    }
    StackWindow window = new StackWindow();
    window.set(stack, 0, 256, 0x7000);
    Registers registers = new Registers(Architecture.AARCH64);
    registers.load(0x7000, 0);
    registers.setFramePointer(fp);
    new Aarch64Frames().restoreSaved(registers, window);
    for (int register = 19; register <= 28; register++) {
      assertEquals(register, registers.get(register));
    }
  }
}
