package dev.sonde.probes.uprobe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.UprobeTarget;
import dev.sonde.probes.UsdtTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names to places in this JVM's own libjvm. */
class SiteFinderTest {
  private final SiteFinder finder =
      new SiteFinder(Tracefs.running(), Pmus.running(), KernelFunctions.running());

  @BeforeEach
  void thereIsALibjvm() {
    assumeTrue(
        Files.exists(Path.of(System.getProperty("java.home"), "lib/server/libjvm.so")),
        "no libjvm.so: not on Linux");
  }

  @Test
  void aCppFunctionIsFoundByItsNameWithAndWithoutParameters() {
    List<UprobeSite> mangled = functions("uprobe/libjvm:_ZN2os6mallocE*");
    List<UprobeSite> plain = functions("uprobe/libjvm:os::malloc");
    assertFalse(plain.isEmpty());
    assertEquals(offsets(mangled), offsets(plain));
    assertTrue(
        offsets(plain).containsAll(offsets(functions("uprobe/libjvm:os::malloc(unsigned long,*"))));
  }

  @Test
  void aGlobOfStaticProbesFindsAllLocations() {
    List<UprobeSite> all = finder.find((UsdtTarget) NativeTarget.parse("usdt/libjvm:hotspot:gc-*"));
    assertTrue(all.size() >= 2 && all.stream().allMatch(s -> s.usdt() != null), all::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "/lib/libc.so.6, libc, true",
    "/lib/libc-2.31.so, libc, true",
    "/lib/libcap.so.2, libc, false",
    "/lib/libc.so.6, libc.so.6, true",
    "/lib/libcrypt-2.31.so, libc, false",
    "/jdk/libjvm.so, libjvm, true"
  })
  void aShortNameIsOfOneLibrary(String file, String name, boolean called) {
    assertEquals(called, BinaryPath.isCalled(file, name));
  }

  @ParameterizedTest
  @CsvSource({
    "55, PUSH, true",
    "f30f1efa, ENDBR64, false",
    "90, NOP, true",
    "6690, NOP, true",
    "e800000000, CALL, true",
    "e900000000, JUMP, true",
    "eb05, JUMP, true",
    "7405, JUMP, true",
    "0f8500000000, JUMP, true",
    "c3, OTHER, false",
    "662e0f1f840000000000, OTHER, false",
    "4157, PUSH, true",
    "4857, OTHER, false",
    "4883ec08, OTHER, false"
  })
  void whatTheKernelEmulatesIsCheap(String hex, ProbeInsn insn, boolean emulated) {
    ProbeInsn found = ProbeInsn.of(java.util.HexFormat.of().parseHex(hex), 0);
    assertEquals(insn, found);
    assertEquals(emulated, found.isEmulated());
  }

  @ParameterizedTest
  @CsvSource({"6.18.44, true", "7.0-rc1, true", "6.17.9-generic, false", "5.10, false", "?, false"})
  void longNopsAreCheapSinceLinux618(String release, boolean emulated) {
    assertEquals(emulated, LongNops.isEmulatedBy(release));
    assertEquals(
        ProbeInsn.LONG_NOP, ProbeInsn.of(java.util.HexFormat.of().parseHex("0f1f440000"), 0));
  }

  private List<UprobeSite> functions(String section) {
    return finder.find((UprobeTarget) NativeTarget.parse(section));
  }

  private static List<Long> offsets(List<UprobeSite> sites) {
    return sites.stream().map(UprobeSite::fileOffset).sorted().toList();
  }
}
