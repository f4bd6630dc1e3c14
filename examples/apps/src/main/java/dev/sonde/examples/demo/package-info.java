/**
 * The demonstration that {@code ./sonde demo} runs: the order service traced and untraced, a
 * receiver for what the agent sends, a report and a check of itself.
 */
@NullMarked
package dev.sonde.examples.demo;

import org.jspecify.annotations.NullMarked;
