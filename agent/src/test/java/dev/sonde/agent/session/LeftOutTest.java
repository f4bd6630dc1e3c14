package dev.sonde.agent.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sonde.probes.AttachmentStatus;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeftOutTest {
  @Test
  void manyPlacesOfOneReasonAreOneLine() {
    assertEquals(
        List.of("a.A.f(), a.A.g(), a.B.f() and 2 more: it is abstract", "a.C.n(int): it is native"),
        LeftOut.lines(
            List.of(
                "a.A.f(): it is abstract",
                "a.A.g(): it is abstract",
                "a.C.n(int): it is native",
                "a.B.f(): it is abstract",
                "a.B.g(): it is abstract",
                "a.B.h(): it is abstract")));
  }

  @Test
  void moreThanAreNamedMayBeMeant() {
    List<String> all =
        IntStream.range(0, AttachmentStatus.MAX_OF_REASON)
            .mapToObj(i -> "a.A.f" + i + "(): it is native")
            .toList();
    assertEquals(
        List.of("a.A.f0(), a.A.f1(), a.A.f2() and 97 or more: it is native"), LeftOut.lines(all));
  }

  @Test
  void fewHaveALineEach() {
    List<String> few =
        List.of("a.A: java.lang.VerifyError: no, a: b", "a.B: it is Sonde's", "a.C: it is Sonde's");
    assertEquals(few, LeftOut.lines(few));
    assertEquals(List.of("somewhere"), LeftOut.lines(List.of("somewhere")));
  }
}
