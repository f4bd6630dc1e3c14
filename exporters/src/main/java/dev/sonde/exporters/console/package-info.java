/** Tables and histograms in plain text. Used by the pipeline and the demo; knows no map. */
@NullMarked
package dev.sonde.exporters.console;

import org.jspecify.annotations.NullMarked;
