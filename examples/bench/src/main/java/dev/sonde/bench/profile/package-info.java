/** What profiles of a Java application cost, and how right they are. */
package dev.sonde.bench.profile;
