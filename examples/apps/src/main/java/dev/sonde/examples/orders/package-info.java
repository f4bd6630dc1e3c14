/**
 * A small order service in front of a database: something real to trace. Knows nothing of tracing.
 */
@NullMarked
package dev.sonde.examples.orders;

import org.jspecify.annotations.NullMarked;
