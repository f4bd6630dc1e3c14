package dev.sonde.vm;

import dev.sonde.vm.program.ProgramSpec;

/**
 * A program of a collection that cannot be bound here, so that it can be neither verified nor run;
 * the others can.
 *
 * @param reason which name it wants that is not there
 */
public record UnboundProgram(ProgramSpec spec, String reason) {}
