package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.FilterConfig;
import dev.sonde.agent.config.AgentConfig.JfrConfig;
import dev.sonde.agent.config.AgentConfig.KernelConfig;
import dev.sonde.agent.config.AgentConfig.LimitsConfig;
import dev.sonde.agent.config.AgentConfig.ProgramConfig;
import dev.sonde.probes.AttachTarget;
import dev.sonde.probes.Attachment;
import dev.sonde.probes.JfrTarget;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.PerfEventTarget;
import dev.sonde.probes.ProbeLimits;
import dev.sonde.probes.ProcessScope;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.ProgramSpec;
import java.util.ArrayList;
import java.util.List;

/** A verified program, the engine that runs it, and where the user wants it. */
record LoadedProgram(ProgramConfig settings, VerifiedProgram verified, Engines.Choice engine) {

  ExecutableProgram executable() {
    return engine.program();
  }

  String name() {
    return verified.program().spec().name();
  }

  /** Returns one attachment for each target: the configuration's, else the section's own. */
  List<Attachment> attachments() throws SessionException {
    ProgramSpec spec = verified.program().spec();
    List<Attachment> attachments = new ArrayList<>();
    for (String target :
        settings.attach().isEmpty() ? List.of(spec.section()) : settings.attach()) {
      attachments.add(new Attachment(executable(), parse(spec, target)));
    }
    return attachments;
  }

  private AttachTarget parse(ProgramSpec spec, String target) throws SessionException {
    try {
      AttachTarget parsed = AttachTarget.parse(target).withCookie(settings.cookie());
      if (parsed instanceof MethodTarget method) {
        return method
            .withOrder(settings.order())
            .withLimits(limits(settings.limits()))
            .withFilter(filter(settings.filter()));
      }
      if (parsed instanceof JfrTarget event) {
        return jfr(event, settings.jfr());
      }
      return parsed instanceof NativeTarget kernel ? kernel(kernel, settings.kernel()) : parsed;
    } catch (IllegalArgumentException e) {
      throw new SessionException("program \"%s\": %s".formatted(spec.name(), e.getMessage()), e);
    }
  }

  private static JfrTarget jfr(JfrTarget target, JfrConfig jfr) {
    JfrTarget event =
        jfr.thresholdNanos() == 0 ? target : target.withThreshold(jfr.thresholdNanos());
    return jfr.periodNanos() == 0 ? event : event.withPeriod(jfr.periodNanos());
  }

  private static NativeTarget kernel(NativeTarget target, KernelConfig kernel) {
    NativeTarget scoped = target.withScope(ProcessScope.parse(kernel.scope()));
    if (!(scoped instanceof PerfEventTarget event)) {
      return scoped;
    }
    event = kernel.event() == null ? event : event.withEvent(kernel.event());
    event = kernel.frequencyHz() == 0 ? event : event.withFrequency(kernel.frequencyHz());
    return kernel.period() == 0 ? event : event.withPeriod(kernel.period());
  }

  private static ProbeLimits limits(LimitsConfig limits) {
    return new ProbeLimits(
        limits.sampleOneIn(),
        limits.maxPerSecond(),
        limits.minDurationNanos(),
        limits.maxCpuShare(),
        limits.maxRunNanos());
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
        engine.name(),
        engine.why(),
        spec.insns().size(),
        verified.stats().processedInsns());
  }

  void close() {
    executable().close();
  }
}
