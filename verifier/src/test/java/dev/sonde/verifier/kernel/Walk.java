package dev.sonde.verifier.kernel;

import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.verifier.facts.ProgramFacts;
import dev.sonde.verifier.facts.ProgramFacts.Access;
import dev.sonde.verifier.facts.ProgramFacts.Branch;
import dev.sonde.verifier.facts.ProgramFacts.Call;
import dev.sonde.verifier.facts.ProgramFacts.ContextRead;
import dev.sonde.verifier.facts.ProgramFacts.Loop;
import dev.sonde.verifier.facts.ProgramFacts.Range;
import dev.sonde.verifier.facts.ProgramFacts.Subprogram;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that the verifier says of a program: the log, then the facts by insn, or the explanation of a
 * rejection. What changes none of this changes nothing for a user.
 */
final class Walk {
  private Walk() {}

  static String of(ResolvedProgram program, VerifierOptions options, UnaryOperator<String> log) {
    try {
      VerifiedProgram proved = Verifier.verify(program, options);
      return log.apply(proved.log())
          + "stack "
          + proved.stats().stackDepthBytes()
          + "\n"
          + text(proved);
    } catch (VerificationException e) {
      return log.apply(e.log()) + "> " + e.getMessage().replace("\n", "\n> ") + "\n";
    }
  }

  private static String text(VerifiedProgram proved) {
    ProgramFacts facts = proved.facts();
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < facts.branches().size(); i++) {
      String line =
          (facts.reached().get(i) ? "" : " never")
              + (facts.branches().get(i) == Branch.NONE ? "" : " " + facts.branches().get(i))
              + text(facts.accesses().get(i))
              + text(facts.ranges().get(i))
              + text(facts.calls().get(i));
      out.append(line.isEmpty() ? "" : "@" + i + line + "\n");
    }
    for (Loop loop : facts.loops()) {
      out.append("@ ").append(loop).append('\n');
    }
    for (Subprogram part : facts.subprograms()) {
      out.append(
          "@ %s %d..%d uses %d shares %s%n"
              .formatted(
                  part.name(),
                  part.firstInsn(),
                  part.endInsn(),
                  part.stackDepthBytes(),
                  part.sharedFrameBytes()));
    }
    List<ContextRead> reads = facts.contextReads();
    return out.append("@ context ").append(reads).append('\n').toString();
  }

  private static String text(@Nullable Access access) {
    if (access == null) {
      return "";
    }
    String at = access.constantOffset() ? "%+d".formatted(access.offsetBytes()) : "+?";
    return " touches " + access.region() + at + (access.ownFrame() ? " own" : "");
  }

  private static String text(@Nullable Range range) {
    return range == null ? "" : " [" + range.min() + ", " + range.max() + "]";
  }

  private static String text(@Nullable Call call) {
    if (call == null) {
      return "";
    }
    return " calls(%s)"
            .formatted(
                call.arguments().stream()
                    .map(range -> range == null ? "-" : text(range).strip())
                    .collect(Collectors.joining(" ")))
        + (call.map() == null ? "" : " map " + call.map().spec().name())
        + (call.keyConstant() == null ? "" : " key " + call.keyConstant())
        + (call.nonNull() ? " never null" : "");
  }
}
