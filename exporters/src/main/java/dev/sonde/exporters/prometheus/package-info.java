/**
 * Metrics for Prometheus: the text format and an endpoint to scrape. Used by the pipeline; knows no
 * map.
 */
@NullMarked
package dev.sonde.exporters.prometheus;

import org.jspecify.annotations.NullMarked;
