package dev.sonde.probes;

import dev.sonde.vm.program.ExecutableProgram;

/**
 * One program on one target.
 *
 * @param program is run by the probe until the link is closed; whoever made it closes it after that
 * @param target where
 */
public record Attachment(ExecutableProgram program, AttachTarget target) {}
