package dev.sonde.probes.hotspot;

import org.jspecify.annotations.Nullable;

/**
 * A Java method of the other JVM.
 *
 * @param bytecodes where its bytecodes begin
 * @param bytecodeBytes how long they are; 0 for native methods
 */
record MethodInfo(
    String className,
    String methodName,
    @Nullable String fileName,
    LineTable lines,
    long bytecodes,
    int bytecodeBytes,
    boolean isNative) {

  int lineOf(int bci) {
    return isNative ? -2 : bci < 0 ? 0 : lines.lineOf(bci);
  }
}
