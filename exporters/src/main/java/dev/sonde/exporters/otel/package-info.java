/**
 * OpenTelemetry: metrics and logs through the SDK, configured by OTEL_* variables. Used by the
 * pipeline; the only package that sees the SDK.
 */
@NullMarked
package dev.sonde.exporters.otel;

import org.jspecify.annotations.NullMarked;
