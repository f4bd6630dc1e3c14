package dev.sonde.vm.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisassemblerTest {
  /** Each text is what Linux 6.18 logs for the insn (opcode, dst, src, off, imm). */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0x61 | 0 | 1 | 4 | 0 | r0 = *(u32 *)(r1 +4)",
        "0x81 | 0 | 1 | -4 | 0 | r0 = *(s32 *)(r1 -4)",
        "0x04 | 1 | 0 | 0 | 5 | w1 += 5",
        "0x07 | 1 | 0 | 0 | -5 | r1 += -5",
        "0x65 | 1 | 0 | 3 | 5 | if r1 s> 0x5 goto pc+3",
        "0x66 | 1 | 0 | -3 | -1 | if w1 s> 0xffffffff goto pc-3",
        "0x1d | 1 | 2 | 0 | 0 | if r1 == r2 goto pc+0",
        "0xdb | 1 | 2 | 0 | 0 | lock *(u64 *)(r1 +0) += r2",
        "0xdb | 1 | 2 | 8 | 1 | r2 = atomic64_fetch_add((u64 *)(r1 +8), r2)",
        "0xc3 | 1 | 2 | 8 | 0xf1 | r0 = atomic_cmpxchg((u32 *)(r1 +8), r0, r2)",
        "0xdb | 1 | 2 | 8 | 0xe1 | r2 = atomic64_xchg((u64 *)(r1 +8), r2)",
        "0xdb | 1 | 2 | 8 | 0x100 | r1 = load_acquire((u64 *)(r2 +8))",
        "0xcb | 1 | 2 | 8 | 0x110 | store_release((u16 *)(r1 +8), r2)",
        "0x7b | 10 | 1 | -8 | 0 | *(u64 *)(r10 -8) = r1",
        "0x62 | 10 | 0 | -8 | 7 | *(u32 *)(r10 -8) = 7",
        "0xbf | 1 | 2 | 8 | 0 | r1 = (s8)r2",
        "0xbc | 1 | 2 | 16 | 0 | w1 = (s16)w2",
        "0x3f | 1 | 2 | 1 | 0 | r1 s/= r2",
        "0x94 | 1 | 0 | 1 | 3 | w1 s%= 3",
        "0xdc | 1 | 0 | 0 | 16 | r1 = be16 r1",
        "0xd4 | 1 | 0 | 0 | 64 | r1 = le64 r1",
        "0xd7 | 1 | 0 | 0 | 32 | r1 = bswap32 r1",
        "0x87 | 3 | 0 | 0 | 0 | r3 = -r3",
        "0x85 | 0 | 0 | 0 | 1 | call unknown#1",
        "0x85 | 0 | 1 | 0 | 5 | call pc+5",
        "0x05 | 0 | 0 | -2 | 0 | goto pc-2",
        "0x06 | 0 | 0 | 0 | 70000 | gotol pc+70000",
        "0xe5 | 0 | 0 | 4 | 0 | may_goto pc+4",
        "0x30 | 0 | 0 | 0 | 12 | r0 = *(u8 *)skb[12]",
        "0x48 | 0 | 3 | 0 | 12 | r0 = *(u16 *)skb[r3 + 12]",
        "0x95 | 0 | 0 | 0 | 0 | exit"
      })
  void textIsTheKernels(String opcode, int dst, int src, int off, String imm, String text) {
    Insn insn = new Insn(Integer.decode(opcode), dst, src, off, Integer.decode(imm));
    assertEquals(text, Disassembler.text(List.of(insn), 0, CallNames.UNKNOWN));
  }

  @org.junit.jupiter.api.Test
  void lddwIsOneInsnOfTwoSlots() {
    List<Insn> insns = List.of(new Insn(0x18, 1, 0, 0, -1), new Insn(0, 0, 0, 0, 0x12345678));
    assertEquals("r1 = 0x12345678ffffffff", Disassembler.text(insns, 0, CallNames.UNKNOWN));
  }
}
