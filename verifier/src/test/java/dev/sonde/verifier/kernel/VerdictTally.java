package dev.sonde.verifier.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.isa.Insn;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Our verdicts beside the running kernel's. What we accept and the kernel does not must be
 * explained in {@code triage.txt}: a part of the kernel's message, then why it is safe here.
 */
final class VerdictTally {
  private static final Path TRIAGE = Path.of("src/test/resources/kernel/triage.txt");
  private static final boolean LONG = Boolean.getBoolean("sonde.long");
  private static final int LIMIT = LONG ? 100_000 : 4_000; // insns processed
  private static final int DUE = 200; // verdicts before the shares mean something

  private final String of;
  private final boolean strict;
  private final Map<String, Integer> weAccept = new TreeMap<>();
  private final Map<String, Integer> weReject = new TreeMap<>();
  private final Map<String, String> examples = new TreeMap<>();
  private int asked;
  private int accepted;
  private int sameMessage;
  private int bothReject;

  /**
   * @param of what is compared, for reports
   * @param strict whether for those who may not see addresses
   */
  VerdictTally(String of, boolean strict) {
    this.of = of;
    this.strict = strict;
  }

  int asked() {
    return asked;
  }

  int accepted() {
    return accepted;
  }

  /**
   * Asks both about {@code program}; nothing is counted where the kernel does not judge, or in the
   * short form where the answer takes long.
   */
  void compare(KernelOracle kernel, ResolvedProgram program, String where) {
    List<Insn> insns = program.insns();
    String ours = "";
    try {
      Verifier.verify(program, new VerifierOptions(1, strict, LIMIT));
    } catch (VerificationException e) {
      ours = KernelOracle.reason(e.log());
    } catch (RuntimeException e) {
      throw new AssertionError(where + " " + hex(insns), e);
    }
    if (!LONG && ours.startsWith("BPF program is too large")) {
      return;
    }
    KernelOracle.Verdict verdict =
        strict ? kernel.askStrictly(program, insns) : kernel.ask(program, insns);
    if (verdict != null) {
      asked++;
      count(verdict, ours, program, where);
    }
  }

  private void count(
      KernelOracle.Verdict verdict, String ours, ResolvedProgram program, String programName) {
    String where = programName + " " + hex(program.insns());
    if (verdict.accepted() && ours.isEmpty()) {
      accepted++;
    } else if (ours.isEmpty()) {
      note(weAccept, said(program, verdict), where);
    } else if (verdict.accepted()) {
      note(weReject, messageClass(ours), where);
    } else {
      bothReject++;
      boolean same = messageClass(ours).equals(messageClass(verdict.message()));
      sameMessage += same ? 1 : 0;
      if (!same) {
        examples.put("kernel: " + messageClass(verdict.message()) + " | ours", ours);
      }
    }
  }

  private void note(Map<String, Integer> counts, String message, String where) {
    counts.merge(message, 1, Integer::sum);
    examples.put(message, where);
  }

  /** Returns what the kernel says of what we accept, in words that {@code triage.txt} knows. */
  static String said(ResolvedProgram program, KernelOracle.Verdict verdict) {
    return messageClass(verdict.message()) + LinuxTraits.of(program, verdict);
  }

  /** Returns the message without its numbers. */
  static String messageClass(String message) {
    return message
        .replaceAll("-?(0x[0-9a-f]+|\\b[0-9a-f]*[0-9][0-9a-f]*\\b)", "N")
        .replaceAll("R\\d+", "RN")
        .replaceAll("bpf_\\w+#N", "bpf_#N")
        .replaceAll("unknown#\\S+", "unknown#N");
  }

  /** Prints the counts. */
  void report() {
    System.out.printf(
        "%s: %d asked, %d accepted by both, %d rejected by both, %d same message%n",
        of, asked, accepted, bothReject, sameMessage);
    System.out.println("  we accept, kernel rejects: " + weAccept);
    System.out.println("  we reject, kernel accepts: " + weReject);
    if (Boolean.getBoolean("sonde.examples")) {
      examples.forEach((message, where) -> System.out.println("  " + message + ": " + where));
    }
  }

  /** Fails where we accept what is not explained, or reject more than one of 200. */
  void judge(long seed) {
    List<String> untriaged =
        weAccept.keySet().stream().filter(message -> !isTriaged(message)).toList();
    assertEquals(
        List.of(),
        untriaged,
        () -> "we accept, kernel rejects; seed %d: %s".formatted(seed, examples));
    int missed = weReject.values().stream().mapToInt(Integer::intValue).sum();
    assertTrue(
        missed <= Math.max(asked, DUE) / 200,
        () -> "we reject %d of %d that the kernel accepts: %s".formatted(missed, asked, weReject));
  }

  /** Tells whether some line of the file is about the message and what is said after it. */
  static boolean isTriaged(String message) {
    try (Stream<String> lines = Files.lines(TRIAGE, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> !line.startsWith("#") && line.contains(" => "))
          .anyMatch(line -> message.contains(line.substring(0, line.indexOf(" => "))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hex(List<Insn> insns) {
    StringBuilder out = new StringBuilder();
    for (Insn insn : insns) {
      out.append("%016x".formatted(Long.reverseBytes(insn.toLong())));
    }
    return out.toString();
  }
}
