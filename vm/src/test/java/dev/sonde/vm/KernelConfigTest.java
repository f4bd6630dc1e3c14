package dev.sonde.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.elf.CollectionSpec;
import dev.sonde.vm.elf.ExternSpec;
import dev.sonde.vm.elf.TestObjects;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.memory.RawMemory;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelConfigTest {
  private static final CollectionSpec EXTERNS = TestObjects.read("externs.clang14.v3.o");
  private static final KernelConfig CONFIG =
      new KernelConfig(
          KernelConfig.parse(
              """
              # a comment
              CONFIG_BPF_SYSCALL=y
              CONFIG_IPV6=m
              CONFIG_MODULES=y
              CONFIG_HZ=250
              CONFIG_CC_VERSION_TEXT="gcc 14"
              # CONFIG_NOBODY_HAS_THIS is not set
              """),
          "6.18.44-generic");

  @Test
  void everyKindOfValueTakesTheShapeOfItsDeclaration() {
    Map<String, Object> values = CONFIG.valuesFor(EXTERNS);
    assertEquals(0x06122c, values.get("LINUX_KERNEL_VERSION"));
    assertEquals(true, values.get("CONFIG_BPF_SYSCALL"));
    assertEquals(2, values.get("CONFIG_IPV6"));
    assertEquals((int) 'y', values.get("CONFIG_MODULES"));
    assertEquals(BigInteger.valueOf(250), values.get("CONFIG_HZ"));
    assertEquals("gcc 14", values.get("CONFIG_CC_VERSION_TEXT"));
    assertFalse(values.containsKey("CONFIG_NOBODY_HAS_THIS"));
  }

  @Test
  void aStrongExternThatTheKernelDoesNotKnowIsRefused() {
    ExternSpec strong = new ExternSpec("CONFIG_GONE", ExternSpec.Kind.KCONFIG, 1, false);
    CollectionSpec spec =
        new CollectionSpec(
            "o",
            List.of(),
            List.of(),
            List.of(),
            List.of(strong),
            "",
            new Btf(List.of(new BtfType.Void(), new BtfType.FloatType("float", 4))));
    Exception e = assertThrows(IllegalArgumentException.class, () -> CONFIG.valuesFor(spec));
    assertTrue(e.getMessage().contains("CONFIG_GONE"), e.getMessage());
  }

  @Test
  void aLoadedCollectionHasTheRunningKernelsVersion() {
    try (PinnedMaps pinned = new PinnedMaps();
        BpfCollection collection = BpfCollection.create(EXTERNS, Map.of(), pinned, name -> null)) {
      BpfMap kconfig = collection.map(".kconfig").orElseThrow();
      assertTrue(kconfig.isFrozen());
      Btf btf = EXTERNS.btf();
      assertNotNull(btf);
      BtfType.DataSec section =
          (BtfType.DataSec) btf.type(btf.find(".kconfig", BtfType.DataSec.class).orElseThrow());
      int offset =
          section.vars().stream()
              .filter(v -> btf.type(v.var()).name().equals("LINUX_KERNEL_VERSION"))
              .findFirst()
              .orElseThrow()
              .offsetBytes();
      assertEquals(
          KernelConfig.version(System.getProperty("os.version")),
          RawMemory.getInt(kconfig.directValueAddress(offset)));
    }
  }

  @Test
  void versionsAreBytesOfTheRelease() {
    assertEquals(0x050f00, KernelConfig.version("5.15-rc1"));
    assertEquals(0x0413ff, KernelConfig.version("4.19.325"));
    assertEquals(0, KernelConfig.version("unknown"));
  }
}
