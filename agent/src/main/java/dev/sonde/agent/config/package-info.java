/** The YAML file as typed data. Used by sessions and by the command line; knows no live object. */
@NullMarked
package dev.sonde.agent.config;

import org.jspecify.annotations.NullMarked;
