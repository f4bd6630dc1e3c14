package dev.sonde.verifier.transfer;

import dev.sonde.vm.map.MapSpec;

/**
 * A map that a program found in a map of maps: only its shape is known.
 *
 * @param spec the shape that every map in the outer one has
 */
public record InnerMap(MapSpec spec) {}
