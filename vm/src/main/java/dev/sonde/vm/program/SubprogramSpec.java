package dev.sonde.vm.program;

/**
 * A function inside a program (a func_info record of BTF.ext).
 *
 * @param firstInsn index of its first slot
 * @param name as in the source
 * @param funcTypeId its BTF_KIND_FUNC type, 0 without BTF
 * @param global whether it is verified on its own from its prototype (BTF linkage global)
 */
public record SubprogramSpec(int firstInsn, String name, int funcTypeId, boolean global) {}
