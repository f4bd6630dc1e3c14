package dev.sonde.probes.stack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Insns as HotSpot's compilers emit them, in the order in which a method runs them. */
class X86FramesTest {
  @ParameterizedTest
  @CsvSource({
    // before the frame is complete
    "89 84 24 00 c0 fe ff 55, false, RETURN_ADDRESS", // mov [rsp-0x14000], eax
    "55 48 83 ec 20, false, RETURN_ADDRESS", // push rbp
    "48 8b ec 48 83 ec 20, false, POINTER_PUSHED", // mov rbp, rsp
    "48 83 ec 20 90 90 90 90, false, POINTER_PUSHED", // sub rsp, 32
    "48 81 ec 00 01 00 00 90 90 90, false, POINTER_PUSHED", // sub rsp, 256
    "48 83 ec 18 48 89 6c 24 10, false, RETURN_ADDRESS", // sub rsp, 24; mov [rsp+16], rbp
    // behind it
    "48 89 6c 24 10, true, COMPLETE_WITHOUT_POINTER", // mov [rsp+16], rbp
    "48 89 ac 24 00 01 00 00, true, COMPLETE_WITHOUT_POINTER",
    "48 83 c4 20 5d, true, COMPLETE", // add rsp, 32
    "5d 49 3b 67 30, true, POINTER_PUSHED", // pop rbp
    "49 3b 67 30 0f 87, true, RETURN_ADDRESS", // cmp rsp, [r15+0x30]
    "49 3b a7 50 04 00 00, true, RETURN_ADDRESS",
    "0f 87 01 00 00 00 c3, true, RETURN_ADDRESS", // ja STUB; ret
    "0f 87 01 00 00 00 90, true, COMPLETE", // a ja of the method itself
    "c3, true, RETURN_ADDRESS",
    "8b 46 0c, true, COMPLETE"
  })
  void insnsTellWhatIsOnTheStack(String insns, boolean pastPrologue, FrameState want) {
    byte[] bytes = HexFormat.of().parseHex(insns.replace(" ", ""));
    assertEquals(want, new X86Frames().stateAt(bytes, pastPrologue));
  }

  @ParameterizedTest
  @CsvSource({"true, COMPLETE", "false, RETURN_ADDRESS"})
  void withoutInsnsThePrologueDecides(boolean pastPrologue, FrameState want) {
    assertEquals(want, new X86Frames().stateAt(null, pastPrologue));
  }
}
