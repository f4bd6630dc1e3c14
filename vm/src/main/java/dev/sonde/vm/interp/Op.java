package dev.sonde.vm.interp;

/**
 * The operations that insns are decoded to: dense, so that the interpreter's switch is one indexed
 * jump. {@code _K} takes the immediate, {@code _X} the source register.
 */
final class Op {
  // In the kernel's order of codes, so that a decoder can count.
  static final int ADD64_K = 0;
  static final int SUB64_K = 1;
  static final int MUL64_K = 2;
  static final int DIV64_K = 3;
  static final int OR64_K = 4;
  static final int AND64_K = 5;
  static final int LSH64_K = 6;
  static final int RSH64_K = 7;
  static final int MOD64_K = 8;
  static final int XOR64_K = 9;
  static final int MOV64_K = 10;
  static final int ARSH64_K = 11;
  static final int ADD64_X = 12;
  static final int SUB64_X = 13;
  static final int MUL64_X = 14;
  static final int DIV64_X = 15;
  static final int OR64_X = 16;
  static final int AND64_X = 17;
  static final int LSH64_X = 18;
  static final int RSH64_X = 19;
  static final int MOD64_X = 20;
  static final int XOR64_X = 21;
  static final int MOV64_X = 22;
  static final int ARSH64_X = 23;
  static final int NEG64 = 24;
  static final int ADD32_K = 25;
  static final int SUB32_K = 26;
  static final int MUL32_K = 27;
  static final int DIV32_K = 28;
  static final int OR32_K = 29;
  static final int AND32_K = 30;
  static final int LSH32_K = 31;
  static final int RSH32_K = 32;
  static final int MOD32_K = 33;
  static final int XOR32_K = 34;
  static final int MOV32_K = 35;
  static final int ARSH32_K = 36;
  static final int ADD32_X = 37;
  static final int SUB32_X = 38;
  static final int MUL32_X = 39;
  static final int DIV32_X = 40;
  static final int OR32_X = 41;
  static final int AND32_X = 42;
  static final int LSH32_X = 43;
  static final int RSH32_X = 44;
  static final int MOD32_X = 45;
  static final int XOR32_X = 46;
  static final int MOV32_X = 47;
  static final int ARSH32_X = 48;
  static final int NEG32 = 49;
  static final int LDX_B = 50;
  static final int LDX_H = 51;
  static final int LDX_W = 52;
  static final int LDX_DW = 53;
  static final int LDXS_B = 54;
  static final int LDXS_H = 55;
  static final int LDXS_W = 56;
  static final int ST_B = 57;
  static final int ST_H = 58;
  static final int ST_W = 59;
  static final int ST_DW = 60;
  static final int STX_B = 61;
  static final int STX_H = 62;
  static final int STX_W = 63;
  static final int STX_DW = 64;
  static final int JEQ64_K = 65;
  static final int JGT64_K = 66;
  static final int JGE64_K = 67;
  static final int JSET64_K = 68;
  static final int JNE64_K = 69;
  static final int JSGT64_K = 70;
  static final int JSGE64_K = 71;
  static final int JLT64_K = 72;
  static final int JLE64_K = 73;
  static final int JSLT64_K = 74;
  static final int JSLE64_K = 75;
  static final int JEQ64_X = 76;
  static final int JGT64_X = 77;
  static final int JGE64_X = 78;
  static final int JSET64_X = 79;
  static final int JNE64_X = 80;
  static final int JSGT64_X = 81;
  static final int JSGE64_X = 82;
  static final int JLT64_X = 83;
  static final int JLE64_X = 84;
  static final int JSLT64_X = 85;
  static final int JSLE64_X = 86;
  static final int JEQ32_K = 87;
  static final int JGT32_K = 88;
  static final int JGE32_K = 89;
  static final int JSET32_K = 90;
  static final int JNE32_K = 91;
  static final int JSGT32_K = 92;
  static final int JSGE32_K = 93;
  static final int JLT32_K = 94;
  static final int JLE32_K = 95;
  static final int JSLT32_K = 96;
  static final int JSLE32_K = 97;
  static final int JEQ32_X = 98;
  static final int JGT32_X = 99;
  static final int JGE32_X = 100;
  static final int JSET32_X = 101;
  static final int JNE32_X = 102;
  static final int JSGT32_X = 103;
  static final int JSGE32_X = 104;
  static final int JLT32_X = 105;
  static final int JLE32_X = 106;
  static final int JSLT32_X = 107;
  static final int JSLE32_X = 108;
  static final int JA = 109;

  // Two insns in one (see Fusion).
  static final int SUM = 110;
  static final int SUM_K = 111;
  static final int ADD_JNE64_K = 112;
  static final int ADD_JLT64_X = 113;
  static final int ADD_JLT32_X = 114;
  static final int LDX_B_JNE32_K = 115;
  static final int LDX_B_JEQ32_K = 116;
  static final int LDX_B_JNE32_X = 117;

  // Calls.
  static final int CALL_HELPER = 118;
  static final int CALL_LOCAL = 119;
  static final int EXIT = 120;
  static final int MAP_LOOKUP = 121;

  // What changes the flow, or asks somebody else.
  static final int CALLX = 122;
  static final int TAIL_CALL = 123;
  static final int LOOP = 124;
  static final int FOR_EACH = 125;
  static final int DRAIN = 126;
  static final int TIMER_CALLBACK = 127;
  static final int LD_PACKET = 128;
  static final int MAY_GOTO = 129;
  static final int LDX_UNTRUSTED = 130;
  static final int CHECK_ACCESS = 131;
  static final int CHECK_ALIGNED = 132;
  static final int CHECK_DEPTH = 133;
  static final int CHECK_BUDGET = 134;
  static final int TRAP = 135;
  static final int SPEND = 136;

  // What is too rare for the interpreter's own loop.
  static final int SDIV64_K = 137;
  static final int SDIV64_X = 138;
  static final int SMOD64_K = 139;
  static final int SMOD64_X = 140;
  static final int SDIV32_K = 141;
  static final int SDIV32_X = 142;
  static final int SMOD32_K = 143;
  static final int SMOD32_X = 144;
  static final int MOVSX64_8 = 145;
  static final int MOVSX64_16 = 146;
  static final int MOVSX64_32 = 147;
  static final int MOVSX32_8 = 148;
  static final int MOVSX32_16 = 149;
  static final int TO_LE16 = 150;
  static final int TO_LE32 = 151;
  static final int TO_BE16 = 152;
  static final int TO_BE32 = 153;
  static final int TO_BE64 = 154;
  static final int BSWAP16 = 155;
  static final int BSWAP32 = 156;
  static final int BSWAP64 = 157;
  static final int ATOMIC32 = 158;
  static final int ATOMIC64 = 159;
  static final int LOAD_ACQUIRE = 160;
  static final int STORE_RELEASE = 161;

  static final int FIRST_RARE = SDIV64_K;

  private Op() {}
}
