/** Applications to measure probes on. They know nothing of tracing, nor of anything else here. */
@NullMarked
package dev.sonde.bench.probed;

import org.jspecify.annotations.NullMarked;
