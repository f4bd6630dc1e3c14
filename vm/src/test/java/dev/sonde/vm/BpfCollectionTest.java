package dev.sonde.vm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.TestObjects;
import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperFamily;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.ReturnKind;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.isa.Opcodes;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.map.MapFlags;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapTable;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.SpecialField;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ResolvedProgram;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BpfCollectionTest {
  private static final CollectionSpec LINKING = TestObjects.read("linking.clang14.v3.o");
  private static final byte[] FIRST = new byte[4];

  private static @Nullable HelperProto onlyString(String name) {
    return name.equals("sonde_java_string")
        ? new HelperProto(
            0,
            name,
            List.of(ArgKind.HANDLE, ArgKind.MEM_UNINIT, ArgKind.CONST_SIZE),
            ReturnKind.INTEGER,
            false,
            Set.of(HelperFamily.TRACING),
            false,
            false,
            null)
        : null;
  }

  private static BpfCollection open(PinnedMaps pinned, Map<String, ?> variables) {
    return BpfCollection.create(LINKING, variables, pinned, BpfCollectionTest::onlyString);
  }

  @Test
  void programsAreBoundToTheMapsOfTheirNames() {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection = open(pinned, Map.of())) {
      ResolvedProgram enter = collection.program("enter").orElseThrow();
      assertEquals(
          enter.spec().mapNames(), enter.maps().stream().map(m -> m.spec().name()).toList());
      assertSame(collection.map("counts").orElseThrow(), enter.maps().get(1));
      assertEquals(3, collection.programs().size());
    }
  }

  @Test
  void dataSectionsHoldWhatTheObjectSays() {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection = open(pinned, Map.of())) {
      BpfMap rodata = collection.map(".rodata").orElseThrow();
      byte[] value = rodata.lookup(FIRST);
      assertNotNull(value);
      assertEquals(5, value[0]);
      assertEquals('S', value[8]);
      assertEquals('S', RawMemory.getByte(rodata.directValueAddress(8)));
      assertArrayEquals(new byte[16], collection.map(".bss").orElseThrow().lookup(FIRST));
    }
  }

  @Test
  void constantsAreFrozenAndVariablesAreNot() {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection = open(pinned, Map.of())) {
      BpfMap rodata = collection.map(".rodata").orElseThrow();
      assertTrue(rodata.isFrozen());
      BpfException e =
          assertThrows(BpfException.class, () -> rodata.update(FIRST, new byte[16], 0));
      assertEquals(Errno.EPERM, e.errno());
      collection.map(".data").orElseThrow().update(FIRST, new byte[10], 0);
    }
  }

  @Test
  void variablesAreSetByNameBeforeLoad() {
    Map<String, ?> variables =
        Map.of("threshold", 1_000_000L, "word", "DELETE", "total", BigInteger.TWO.pow(63));
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection = open(pinned, variables)) {
      BpfMap rodata = collection.map(".rodata").orElseThrow();
      assertEquals(1_000_000L, RawMemory.getLong(rodata.directValueAddress(0)));
      assertEquals('D', RawMemory.getByte(rodata.directValueAddress(8)));
      BpfMap data = collection.map(".data").orElseThrow();
      assertEquals(Long.MIN_VALUE, RawMemory.getLong(data.directValueAddress(0)));
      assertEquals(9, RawMemory.getShort(data.directValueAddress(8)));
    }
  }

  @Test
  void anUnknownVariableIsRefusedWithTheKnownOnes() {
    try (PinnedMaps pinned = new PinnedMaps()) {
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> open(pinned, Map.of("treshold", 1)));
      assertTrue(e.getMessage().contains("treshold"), e.getMessage());
      assertTrue(e.getMessage().contains("threshold"), e.getMessage());
    }
  }

  @Test
  void aValueThatDoesNotFitIsRefused() {
    try (PinnedMaps pinned = new PinnedMaps()) {
      for (Map<String, ?> bad :
          List.of(
              Map.of("threshold", -1),
              Map.of("last", 65536),
              Map.of("word", "too long for it"),
              Map.of("threshold", "text"),
              Map.of("total", BigInteger.TWO.pow(64)))) {
        assertThrows(IllegalArgumentException.class, () -> open(pinned, bad), bad.toString());
      }
    }
  }

  @Test
  void mapsPinnedByNameAreSharedInASession() {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection one = open(pinned, Map.of());
        BpfCollection two = open(pinned, Map.of())) {
      assertSame(one.map("shared").orElseThrow(), two.map("shared").orElseThrow());
      assertNotSame(one.map("counts").orElseThrow(), two.map("counts").orElseThrow());
      assertEquals(Set.of("shared"), pinned.maps().keySet());
    }
  }

  @Test
  void aPinnedMapOfAnotherShapeIsRefused() {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection one = open(pinned, Map.of())) {
      BpfMap shared = one.map("shared").orElseThrow();
      BpfException e =
          assertThrows(BpfException.class, () -> pinned.open(shared.spec().withMaxEntries(99)));
      assertEquals(Errno.EINVAL, e.errno());
    }
  }

  @Test
  void closingFreesOwnMapsAndLeavesPinnedOnes() {
    int own;
    int shared;
    try (PinnedMaps pinned = new PinnedMaps()) {
      try (BpfCollection collection = open(pinned, Map.of())) {
        own = collection.map("counts").orElseThrow().id();
        shared = collection.map("shared").orElseThrow().id();
      }
      assertNull(MapTable.get(own));
      assertNotNull(MapTable.get(shared));
    }
    assertNull(MapTable.get(shared));
  }

  @Test
  void aMissingWeakKfuncIsAskedForAndNeverCalled() {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection = open(pinned, Map.of())) {
      ResolvedProgram leave = collection.program("leave").orElseThrow();
      assertEquals(List.of("sonde_java_string"), leave.spec().kfuncNames());
      List<Insn> insns = leave.insns();
      int poisoned =
          IntStream.range(0, insns.size())
              .filter(i -> insns.get(i).imm() == ProgramBinder.MISSING_KFUNC)
              .findFirst()
              .orElseThrow();
      assertTrue(insns.get(poisoned).isHelperCall());
      assertTrue(insns.stream().noneMatch(i -> i.isLdImm64() && i.src() == Opcodes.PSEUDO_BTF_ID));
    }
  }

  @Test
  void aProgramThatWantsAMissingKfuncIsNotBoundAndTheOthersAre() {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection = BpfCollection.create(LINKING, Map.of(), pinned, name -> null)) {
      assertEquals(2, collection.programs().size());
      assertTrue(collection.program("leave").isEmpty());
      assertEquals(1, collection.unbound().size());
      UnboundProgram leave = collection.unbound().get(0);
      assertEquals("leave", leave.spec().name());
      assertTrue(leave.reason().contains("kfunc \"sonde_java_string\": no such one"));
    }
  }

  static Stream<MapSpec> mapsThatAreNotHere() {
    SpecialField lock = new SpecialField(SpecialField.Kind.SPIN_LOCK, 0);
    return Stream.of(
        MapSpec.of("counts", MapType.STACK_TRACE, 4, 1016, 16).withFlags(MapFlags.STACK_BUILD_ID),
        MapSpec.of("counts", MapType.CGROUP_STORAGE, 16, 8, 0).withSpecialFields(List.of(lock)),
        MapSpec.of("counts", MapType.ARENA, 0, 0, 16));
  }

  @ParameterizedTest
  @MethodSource("mapsThatAreNotHere")
  void aMapThatIsNotHereCostsOnlyTheProgramsThatUseIt(MapSpec missing) {
    CollectionSpec spec = LINKING.withMaps(replaced(missing));
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection =
            BpfCollection.create(spec, Map.of(), pinned, BpfCollectionTest::onlyString)) {
      assertTrue(collection.map("counts").isEmpty());
      assertFalse(collection.programs().isEmpty());
      assertFalse(collection.unbound().isEmpty());
      for (ResolvedProgram program : collection.programs()) {
        assertFalse(program.spec().mapNames().contains("counts"), program.spec().name());
      }
      for (UnboundProgram program : collection.unbound()) {
        assertTrue(program.spec().mapNames().contains("counts"), program.spec().name());
        String where =
            "object \"%s\": program \"%s\": map \"counts\""
                .formatted(spec.name(), program.spec().name());
        assertTrue(program.reason().startsWith(where), program.reason());
      }
    }
  }

  @Test
  void aMapOfMapsWithoutOneOfThemIsNotHereEither() {
    MapSpec inner = MapSpec.of("inner", MapType.STACK_TRACE, 4, 1016, 16);
    MapSpec outer =
        new MapSpec(
            "counts", MapType.ARRAY_OF_MAPS, 4, 4, 1, 0, inner, false, Map.of(0, "inner"), 0, 0);
    List<MapSpec> maps = new ArrayList<>(replaced(outer));
    maps.add(inner.withFlags(MapFlags.STACK_BUILD_ID));
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection =
            BpfCollection.create(
                LINKING.withMaps(maps), Map.of(), pinned, BpfCollectionTest::onlyString)) {
      assertFalse(collection.programs().isEmpty());
      String reason = collection.unbound().get(0).reason();
      assertTrue(reason.contains("map \"counts\": holds map \"inner\" (STACK_TRACE): "), reason);
    }
  }

  @Test
  void aMapThatIsWrongCostsTheObject() {
    CollectionSpec spec = LINKING.withMaps(replaced(MapSpec.of("counts", MapType.ARRAY, 8, 8, 4)));
    try (PinnedMaps pinned = new PinnedMaps()) {
      BpfException e =
          assertThrows(
              BpfException.class,
              () -> BpfCollection.create(spec, Map.of(), pinned, BpfCollectionTest::onlyString));
      assertEquals(Errno.EINVAL, e.errno());
    }
  }

  /** Returns the maps of the object, one of them another. */
  private static List<MapSpec> replaced(MapSpec map) {
    return LINKING.maps().stream().map(m -> m.name().equals(map.name()) ? map : m).toList();
  }
}
