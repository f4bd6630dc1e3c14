package dev.sonde.probes.method;

import dev.sonde.probes.bridge.RequestContexts;
import dev.sonde.vm.stacktrace.StackSource;
import java.lang.instrument.Instrumentation;

/** What all events of one attacher answer helpers from. */
record EventSources(
    StackSource stacks, Instrumentation instrumentation, RequestContexts requests) {}
