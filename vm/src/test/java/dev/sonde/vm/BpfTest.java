package dev.sonde.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sonde.vm.elf.TestObjects;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapBatch;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapTable;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.Proof;
import dev.sonde.vm.program.ResolvedProgram;
import dev.sonde.vm.program.TestRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BpfTest {
  /** The programs of these tests are our own and touch only their maps. */
  private record Trusted(ResolvedProgram program) implements Proof {
    @Override
    public boolean isReached(int insn) {
      return true;
    }

    @Override
    public Memory memory(int insn) {
      return Memory.PLAIN; // they read no packet
    }
  }

  private final Bpf bpf = new Bpf(program -> new Interpreter(new Trusted(program)));

  @AfterEach
  void free() {
    bpf.close();
  }

  private static byte[] u32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private BpfMap hash(int entries) {
    return bpf.mapCreate(MapSpec.of("hash", MapType.HASH, 4, 4, entries));
  }

  private static ProgramSpec returning(String name, int value) {
    return ProgramSpec.of(
        name,
        ProgramType.XDP,
        List.of(
            new Insn(Opcodes.ALU64 | Opcodes.MOV | Opcodes.K, 0, 0, 0, value),
            new Insn(Opcodes.EXIT, 0, 0, 0, 0)));
  }

  @Test
  void aWholeObjectIsLoadedWithItsInnerMapsAndTailCalls() {
    BpfCollection collection = bpf.load(TestObjects.read("nested.clang22.v3.o"), Map.of());
    BpfMap byIndex = collection.map("by_index").orElseThrow();
    byte[] inner = byIndex.lookup(u32(3));
    assertNotNull(inner);
    int second = collection.map("second").orElseThrow().id();
    assertEquals(second, ByteBuffer.wrap(inner).order(ByteOrder.LITTLE_ENDIAN).getInt());
    int passed = 2; // XDP_PASS, which only the tail-called program returns
    assertEquals(passed, bpf.progTestRun(bpf.prog("start"), TestRun.Input.standard()).retval());
  }

  @Test
  void aProgArrayTakesAnotherProgramAtRunTime() {
    BpfCollection collection = bpf.load(TestObjects.read("nested.clang22.v3.o"), Map.of());
    ExecutableProgram drop = bpf.progLoad(returning("drop", 1), List.of());
    bpf.progArrayUpdate(collection.map("tails").orElseThrow(), 2, drop);
    assertEquals(1, bpf.progTestRun(bpf.prog("start"), TestRun.Input.standard()).retval());
  }

  @Test
  void onlyAProgArrayTakesPrograms() {
    ExecutableProgram program = bpf.progLoad(returning("p", 0), List.of());
    BpfMap map = hash(4);
    BpfException e = assertThrows(BpfException.class, () -> bpf.progArrayUpdate(map, 0, program));
    assertEquals(Errno.EINVAL, e.errno());
  }

  @Test
  void programsHaveIdsInTheOrderOfLoading() {
    ExecutableProgram first = bpf.progLoad(returning("first", 0), List.of());
    ExecutableProgram second = bpf.progLoad(returning("second", 0), List.of());
    int id = bpf.progGetNextId(0);
    assertSame(first, bpf.progGetById(id));
    assertSame(second, bpf.progGetById(bpf.progGetNextId(id)));
    int last = bpf.progGetNextId(id);
    assertEquals(
        Errno.ENOENT, assertThrows(BpfException.class, () -> bpf.progGetNextId(last)).errno());
  }

  @Test
  void mapsAreFoundByTheirIds() {
    BpfMap map = hash(4);
    assertSame(map, bpf.mapGetById(map.id()));
    assertEquals(map.id(), bpf.mapGetNextId(map.id() - 1));
    bpf.mapClose(map);
    assertEquals(
        Errno.ENOENT, assertThrows(BpfException.class, () -> bpf.mapGetById(map.id())).errno());
  }

  @Test
  void aPinnedMapOutlivesItsHandle() {
    BpfMap map = hash(4);
    bpf.pinned().pin("kept", map);
    bpf.mapClose(map);
    map.update(u32(1), u32(2), MapFlags.ANY);
    assertSame(map, bpf.pinned().get("kept"));
    BpfException taken = assertThrows(BpfException.class, () -> bpf.pinned().pin("kept", map));
    assertEquals(Errno.EEXIST, taken.errno());
    assertEquals(
        Errno.ENOENT, assertThrows(BpfException.class, () -> bpf.pinned().get("other")).errno());
    bpf.close();
    assertNull(MapTable.get(map.id()));
  }

  @Test
  void batchesWriteReadAndDeleteManyElements() throws MapBatch.Failed {
    MapBatch batch = bpf.mapBatch(hash(100));
    List<byte[]> keys = IntStream.range(0, 50).mapToObj(BpfTest::u32).toList();
    assertEquals(50, batch.update(keys, keys, MapFlags.NOEXIST));
    List<Integer> found = new ArrayList<>();
    byte[] after = null;
    do {
      MapBatch.Elements some = batch.lookup(after, 16);
      some.values()
          .forEach(v -> found.add(ByteBuffer.wrap(v).order(ByteOrder.LITTLE_ENDIAN).getInt()));
      after = some.next();
    } while (after != null);
    assertEquals(IntStream.range(0, 50).boxed().toList(), found.stream().sorted().toList());
    assertEquals(20, batch.delete(keys.subList(0, 20)));
    assertEquals(30, batch.lookupAndDelete(1000).count());
    assertEquals(0, batch.lookup(null, 10).count());
  }

  @Test
  void aBatchEndsAtTheFirstElementThatFails() throws MapBatch.Failed {
    MapBatch batch = bpf.mapBatch(hash(100));
    List<byte[]> keys = List.of(u32(1), u32(2), u32(1), u32(3));
    MapBatch.Failed e =
        assertThrows(MapBatch.Failed.class, () -> batch.update(keys, keys, MapFlags.NOEXIST));
    assertEquals(2, e.done());
    assertEquals(Errno.EEXIST, e.errno());
    assertEquals(2, batch.lookup(null, 10).count());
  }

  @Test
  void typesWithoutBatchesSaySo() {
    MapBatch batch = bpf.mapBatch(bpf.mapCreate(MapSpec.of("queue", MapType.QUEUE, 0, 4, 8)));
    BpfException e = assertThrows(BpfException.class, () -> batch.lookup(null, 1));
    assertEquals(Errno.ENOTSUPP, e.errno());
  }
}
