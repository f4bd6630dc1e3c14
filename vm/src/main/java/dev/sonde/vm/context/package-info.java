/**
 * What a program is given: the layout of its context, the slot it runs on and the event it sees.
 * Used by helpers, engines, the verifier and the probes; knows no probe.
 */
@NullMarked
package dev.sonde.vm.context;

import org.jspecify.annotations.NullMarked;
