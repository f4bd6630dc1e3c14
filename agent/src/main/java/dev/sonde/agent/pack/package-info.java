/**
 * Makes the jar's archive at the build: what would be made at every start of an application is made
 * once. The build runs it; it is not in the jar, and knows nothing of the rest.
 */
@NullMarked
package dev.sonde.agent.pack;

import org.jspecify.annotations.NullMarked;
