package dev.sonde.probes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Globs over probe points, and the targets of events and timers as sections spell them. */
class ProbeGlobTest {
  @ParameterizedTest
  @CsvSource({
    "method/com.shop.*,method/com.shop.Cart.add(int),true",
    "method:com.shop.*,method/com.shop.Cart.add(int),true",
    "method/com.shop.*,method/com.shopping.Cart.add(int),false",
    "tracepoint:sched:*,tracepoint/sched/sched_switch,true",
    "tracepoint:sched:*,tracepoint/syscalls/sys_enter_read,false",
    "jfr,jfr/jdk.GarbageCollection,true",
    "*GarbageC?llection,jfr/jdk.GarbageCollection,true",
    "jdk.G1*,jfr/jdk.GarbageCollection,false",
    "*,usdt//lib/libjvm.so:hotspot:gc__begin,true"
  })
  void aGlobMatchesWholePoints(String glob, String point, boolean matches) {
    assertEquals(matches, ProbeGlob.of(glob).matches(point));
  }

  @Test
  void aLiteralBeginningRulesOutWhatCannotMatch() {
    ProbeGlob glob = ProbeGlob.of("method/com.shop.C*");
    assertTrue(glob.mayMatch("method/"));
    assertTrue(glob.mayMatch("method/com.shop.Cart"));
    assertFalse(glob.mayMatch("method/com.bank.Cart"));
    assertFalse(glob.mayMatch("jfr/"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jfr/jdk.FileRead",
        "jfr/jdk.FileRead:threshold=1ms",
        "jfr/com.shop.Sold:threshold=20us,period=2s",
        "interval/1s",
        "interval/250ms"
      })
  void aTargetIsSpelledAsItWasRead(String section) {
    assertEquals(section, AttachTarget.parse(section).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jfr/",
        "jfr/a b",
        "jfr/jdk.FileRead:",
        "jfr/jdk.FileRead:threshold=1",
        "jfr/jdk.FileRead:colour=1ms",
        "interval/",
        "interval/0s",
        "interval/1us",
        "interval/1"
      })
  void whatSpellsNoTargetIsRefusedWithAWord(String section) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> AttachTarget.parse(section))
            .getMessage();
    assertTrue(message.contains("got \"" + section + "\", want "), message);
  }
}
