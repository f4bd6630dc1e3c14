package dev.sonde.vm.map;

import dev.sonde.ringbuf.RingShortcut;

/**
 * What reserving a record in a ring takes. Where this is a constant to the JVM's compiler, as in
 * compiled programs, so are all addresses of the ring, which are a dozen loads else.
 *
 * @param ring for what is not so short
 * @param mapId of the ring
 * @param dataAddress of the payload offset 0
 */
public record RingAccess(RingMap ring, int mapId, long dataAddress, RingShortcut shortcut) {}
