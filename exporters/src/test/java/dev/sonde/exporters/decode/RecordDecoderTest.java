package dev.sonde.exporters.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.ObjectReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordDecoderTest {
  private static final BtfType.Int U8 =
      new BtfType.Int("unsigned char", 1, 8, 0, false, false, false);
  private static final BtfType.Int CHAR = new BtfType.Int("char", 1, 8, 0, true, false, false);
  private static final BtfType.Int S32 = new BtfType.Int("int", 4, 32, 0, true, false, false);
  private static final BtfType.Int U64 =
      new BtfType.Int("unsigned long long", 8, 64, 0, false, false, false);
  private static final BtfType.Int BOOL = new BtfType.Int("_Bool", 1, 8, 0, false, false, true);

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void aRecordOfClangIsNamedValues() throws IOException {
    try (InputStream object =
        RecordDecoderTest.class.getResourceAsStream("/objects/slowsql.bpf.o")) {
      CollectionSpec spec = ObjectReader.read("slowsql.bpf.o", object.readAllBytes());
      Btf btf = spec.btf();
      int type = btf.find("slow_statement", BtfType.Struct.class).getAsInt();
      ByteBuffer record = bytes(144).putLong(12_345_678L).putInt(4711).putInt(-17);
      record.put("SELECT 'é' FROM t".getBytes(StandardCharsets.UTF_8));
      assertEquals(
          "{duration_ns=12345678, thread_id=4711, stack_id=-17, sql=SELECT 'é' FROM t}",
          new RecordDecoder(btf, type).decode(record.array()).toString());
    }
  }

  @Test
  void aTextOfVariableLengthIsFoundByItsPlaceInTheRecord() {
    BtfType.Int u32 = new BtfType.Int("__u32", 4, 32, 0, false, false, false);
    BtfType.Struct struct =
        new BtfType.Struct(
            "sonde_tp_sched_sched_process_exec",
            false,
            16,
            List.of(
                new BtfType.Member("__data_loc_filename", 1, 64, 0),
                new BtfType.Member("pid", 1, 96, 0)));
    RecordDecoder decoder = new RecordDecoder(new Btf(List.of(new BtfType.Void(), u32, struct)), 2);
    ByteBuffer record = bytes(32).putLong(0).putInt(16 | 10 << 16).putInt(4711);
    record.put("/bin/true".getBytes(StandardCharsets.UTF_8));
    assertEquals("{filename=/bin/true, pid=4711}", decoder.decode(record.array()).toString());
    byte[] cut = Arrays.copyOf(record.array(), 20); // the text was not sent
    assertEquals("{__data_loc_filename=655376, pid=4711}", decoder.decode(cut).toString());
  }

  @Test
  void everyKindOfMemberHasItsValue() {
    Btf btf =
        new Btf(
            List.of(
                new BtfType.Void(),
                U8,
                CHAR,
                S32,
                U64,
                BOOL,
                new BtfType.Array("", 2, 3, 4),
                new BtfType.Array("", 1, 3, 3),
                new BtfType.Enum(
                    "color", 4, false, false, List.of(new BtfType.EnumValue("RED", 7))),
                new BtfType.FloatType("double", 8),
                new BtfType.Struct("inner", false, 4, List.of(new BtfType.Member("x", 3, 0, 0))),
                new BtfType.Typedef("color_t", 8),
                new BtfType.Struct(
                    "all",
                    false,
                    48,
                    List.of(
                        new BtfType.Member("flag", 5, 0, 0),
                        new BtfType.Member("text", 6, 8, 0),
                        new BtfType.Member("list", 7, 40, 0),
                        new BtfType.Member("color", 11, 64, 0),
                        new BtfType.Member("in", 10, 96, 0),
                        new BtfType.Member("real", 9, 128, 0),
                        new BtfType.Member("low", 3, 192, 5),
                        new BtfType.Member("high", 4, 197, 59),
                        new BtfType.Member("", 10, 256, 0)))));
    ByteBuffer record = bytes(48).put((byte) 1).put("abcd".getBytes(StandardCharsets.US_ASCII));
    record.put((byte) 200).put((byte) 2).put((byte) 3).putInt(7).putInt(-5).putDouble(2.5);
    record.putLong(0b10011L | 99L << 5).putInt(42);
    Map<String, Object> decoded = new RecordDecoder(btf, 12).decode(record.array());
    assertEquals(
        "{flag=true, text=abcd, list=[200, 2, 3], color=RED, in.x=-5, real=2.5, low=-13, high=99, x=42}",
        decoded.toString());
  }

  @Test
  void membersBeyondTheEndOfAShortRecordAreLeftOut() {
    Btf btf =
        new Btf(
            List.of(
                new BtfType.Void(),
                CHAR,
                S32,
                U64,
                new BtfType.Array("", 1, 2, 8),
                new BtfType.Struct(
                    "r",
                    false,
                    24,
                    List.of(
                        new BtfType.Member("a", 3, 0, 0),
                        new BtfType.Member("text", 4, 64, 0),
                        new BtfType.Member("b", 3, 128, 0)))));
    RecordDecoder decoder = new RecordDecoder(btf, 5);
    ByteBuffer record = bytes(24).putLong(5).put("hello".getBytes(StandardCharsets.US_ASCII));
    for (int length = 0; length <= 24; length++) {
      Map<String, Object> decoded = decoder.decode(Arrays.copyOf(record.array(), length));
      assertEquals(length >= 8, decoded.containsKey("a"), () -> decoded.toString());
      assertEquals(length >= 24, decoded.containsKey("b"), () -> decoded.toString());
    }
    assertEquals("{a=5, text=hel}", decoder.decode(Arrays.copyOf(record.array(), 11)).toString());
  }

  @Test
  void aFlexibleTailTakesTheRest() {
    Btf btf =
        new Btf(
            List.of(
                new BtfType.Void(),
                CHAR,
                S32,
                new BtfType.Array("", 1, 2, 0),
                new BtfType.Struct(
                    "r",
                    false,
                    4,
                    List.of(
                        new BtfType.Member("n", 2, 0, 0), new BtfType.Member("rest", 3, 32, 0)))));
    byte[] record = bytes(9).putInt(1).put("tail!".getBytes(StandardCharsets.US_ASCII)).array();
    assertEquals("{n=1, rest=tail!}", new RecordDecoder(btf, 4).decode(record).toString());
  }

  @Test
  void aDataSectionIsItsVariables() {
    Btf btf =
        new Btf(
            List.of(
                new BtfType.Void(),
                U64,
                S32,
                new BtfType.Var("lost", 1, BtfType.Linkage.GLOBAL),
                new BtfType.Var("level", 2, BtfType.Linkage.GLOBAL),
                new BtfType.DataSec(
                    ".bss",
                    16,
                    List.of(new BtfType.SecVar(4, 8, 4), new BtfType.SecVar(3, 0, 8)))));
    byte[] section = bytes(16).putLong(17).putInt(-3).array();
    assertEquals("{level=-3, lost=17}", new RecordDecoder(btf, 5).decode(section).toString());
  }

  @Test
  void aBareIntegerIsCalledValue() {
    Btf btf = new Btf(List.of(new BtfType.Void(), U64));
    assertEquals(
        "{value=9}", new RecordDecoder(btf, 1).decode(bytes(8).putLong(9).array()).toString());
  }
}
