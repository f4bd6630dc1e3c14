/**
 * What the JVM calls, and what stays visible to the application: only JDK types in any signature.
 * Everything else is behind {@link dev.sonde.agent.boot.AgentClassLoader}.
 */
package dev.sonde.agent.boot;
