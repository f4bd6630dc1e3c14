/**
 * The BPF Type Format: reading it and asking it. Used by the object reader, the verifier and the
 * decoders; knows no program.
 */
@NullMarked
package dev.sonde.vm.btf;

import org.jspecify.annotations.NullMarked;
