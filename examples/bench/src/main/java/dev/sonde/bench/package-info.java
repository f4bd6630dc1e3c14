/** Benchmarks. Used by {@code engines.sh}; knows the engines as their callers do. */
package dev.sonde.bench;
