package dev.sonde.exporters.signal;

/**
 * What a pipeline did so far.
 *
 * @param events records read and decoded
 * @param lost records lost because a ring was full
 * @param metricPointsSent that a receiver acknowledged
 * @param logRecordsSent that a receiver acknowledged
 * @param dropped events given up because a sink was too slow or failed for good
 * @param failures failed exports and writes
 */
public record ExportCounters(
    long events,
    long lost,
    long metricPointsSent,
    long logRecordsSent,
    long dropped,
    long failures) {}
