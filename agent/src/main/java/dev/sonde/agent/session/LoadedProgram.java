package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.FilterConfig;
import dev.sonde.agent.config.AgentConfig.LimitsConfig;
import dev.sonde.agent.config.AgentConfig.ProgramConfig;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.ProbeLimits;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import java.util.ArrayList;
import java.util.List;

/** A verified program, the engine that runs it, and where the user wants it. */
record LoadedProgram(
    ProgramConfig settings, VerifiedProgram verified, ExecutableProgram executable) {

  /** Returns one attachment for each target: the configuration's, else the section's own. */
  List<Attachment> attachments() throws SessionException {
    ProgramSpec spec = verified.program().spec();
    List<Attachment> attachments = new ArrayList<>();
    for (String target :
        settings.attach().isEmpty() ? List.of(spec.section()) : settings.attach()) {
      attachments.add(new Attachment(executable, parse(spec, target)));
    }
    return attachments;
  }

  private MethodTarget parse(ProgramSpec spec, String target) throws SessionException {
    try {
      return MethodTarget.parse(target)
          .withCookie(settings.cookie())
          .withOrder(settings.order())
          .withLimits(limits(settings.limits()))
          .withFilter(filter(settings.filter()));
    } catch (IllegalArgumentException e) {
      throw new SessionException("program \"%s\": %s".formatted(spec.name(), e.getMessage()), e);
    }
  }

  private static ProbeLimits limits(LimitsConfig limits) {
    return new ProbeLimits(
        limits.sampleOneIn(),
        limits.maxPerSecond(),
        limits.minDurationNanos(),
        limits.maxCpuShare());
  }

  private static MethodFilter filter(FilterConfig filter) {
    return new MethodFilter(
        filter.within(), filter.subtypeOf(), filter.annotation(), filter.loader());
  }

  SessionStatus.ProgramStatus status() {
    ProgramSpec spec = verified.program().spec();
    return new SessionStatus.ProgramStatus(
        spec.name(),
        spec.section(),
        Engines.nameOf(executable),
        spec.insns().size(),
        verified.stats().processedInsns());
  }

  void close() {
    executable.close();
  }
}
