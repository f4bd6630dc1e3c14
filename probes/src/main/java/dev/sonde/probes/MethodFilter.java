package dev.sonde.probes;

import org.jspecify.annotations.Nullable;

/**
 * Narrows the classes and methods that a {@link MethodTarget}'s globs match; null means any.
 *
 * @param within glob of the class that holds the woven method: the caller for CALL, the allocating
 *     class for ALLOC
 * @param subtypeOf name of a class or interface that the class extends or implements, directly or
 *     not, or is
 * @param annotation name of an annotation that the method or its class carries
 * @param loader glob of the class loader's class name or name; {@code boot} is the boot loader
 */
public record MethodFilter(
    @Nullable String within,
    @Nullable String subtypeOf,
    @Nullable String annotation,
    @Nullable String loader) {
  public static final MethodFilter NONE = new MethodFilter(null, null, null, null);
}
