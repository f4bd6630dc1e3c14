package dev.sonde.verifier.witness;

import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.program.ProgramType;

/** Which fields of the context of r6 hold numbers, and where those are that hold the packet. */
enum ContextLoads {
  /** {@code struct pt_regs}: 168 bytes that may be read in any size. */
  REGISTERS(ProgramType.KPROBE, 0, 0, 0, 0, 0),
  /** {@code struct __sk_buff}: words from len to cb[4]. */
  SOCKET_BUFFER(ProgramType.SCHED_CLS, 0, 17, 76, 80, 140),
  /** {@code struct xdp_md}: ingress_ifindex and rx_queue_index. */
  FRAME(ProgramType.XDP, 3, 4, 0, 4, 8);

  static final int REGISTERS_BYTES = 168;

  final ProgramType type;
  final int dataOffset;
  final int endOffset;
  final int metaOffset;
  private final int firstWord;
  private final int lastWord;

  ContextLoads(
      ProgramType type,
      int firstWord,
      int lastWord,
      int dataOffset,
      int endOffset,
      int metaOffset) {
    this.type = type;
    this.firstWord = firstWord;
    this.lastWord = lastWord;
    this.dataOffset = dataOffset;
    this.endOffset = endOffset;
    this.metaOffset = metaOffset;
  }

  boolean hasPacket() {
    return this != REGISTERS;
  }

  /** Loads some number into {@code register}. */
  void load(Draft draft, int register) {
    if (hasPacket()) {
      int off = 4 * draft.random.nextInt(firstWord, lastWord + 1);
      draft.emit(Opcodes.LDX | Opcodes.MEM | Opcodes.W, register, 6, off, 0);
      return;
    }
    int size = draft.pick(Draft.SIZES);
    int bytes = Draft.bytes(size);
    int off = draft.random.nextInt(REGISTERS_BYTES / bytes) * bytes;
    int mode = size != Opcodes.DW && draft.chance(30) ? Opcodes.MEMSX : Opcodes.MEM;
    draft.emit(Opcodes.LDX | mode | size, register, 6, off, 0);
  }
}
