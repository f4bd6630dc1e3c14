package dev.sonde.agent.session;

import dev.sonde.agent.config.AgentConfig.ProgramConfig;
import dev.sonde.probes.AttachException;
import dev.sonde.probes.JfrTarget;
import dev.sonde.probes.jfr.JfrLayout;
import dev.sonde.probes.jfr.JfrTypes;
import dev.sonde.vm.program.ProgramType;
import dev.sonde.vm.program.ResolvedProgram;
import java.util.List;
import java.util.Optional;
import jdk.jfr.EventType;

/** Gives a program for one JFR event the context of that event, for the verifier to hold it to. */
public final class EventContext {
  private EventContext() {}

  /**
   * Returns the program with the event's context. It keeps that of any tracepoint where it is not
   * for one known event: for several, for one that is registered later, without a Flight Recorder.
   */
  public static ResolvedProgram of(ResolvedProgram program, ProgramConfig settings) {
    List<String> targets =
        settings.attach().isEmpty() ? List.of(program.spec().section()) : settings.attach();
    boolean oneEvent = targets.size() == 1 && JfrTarget.isJfrSection(targets.get(0));
    if (!oneEvent || program.spec().type() != ProgramType.TRACEPOINT) {
      return program;
    }
    try {
      Optional<EventType> type = JfrTypes.find(JfrTarget.parse(targets.get(0)).event());
      return type.isEmpty()
          ? program
          : program.withContextLayout(JfrLayout.of(type.get()).context());
    } catch (AttachException | IllegalArgumentException said) {
      return program; // when it is attached, the same is said as an error
    }
  }
}
