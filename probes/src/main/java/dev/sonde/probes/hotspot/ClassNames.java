package dev.sonde.probes.hotspot;

import java.util.regex.Pattern;

/**
 * Class names as people know them. What a JVM makes while it runs carries numbers and addresses
 * that differ from run to run and would split what is one thing:
 *
 * <pre>
 *   shop.Orders$$Lambda$14+0x0000000800c03200   shop.Orders$$Lambda
 *   java.lang.invoke.LambdaForm$MH+0x...        java.lang.invoke.LambdaForm$MH
 *   jdk.internal.reflect.GeneratedMethodAccessor7   jdk.internal.reflect.GeneratedMethodAccessor
 * </pre>
 */
public final class ClassNames {
  private static final Pattern HIDDEN = Pattern.compile("[+/.]0x[0-9a-f]+(?:[./]\\d+)?$");
  private static final Pattern LAMBDA = Pattern.compile("(\\$\\$Lambda)(?:[$/]?\\d+)?$");
  private static final Pattern ACCESSOR =
      Pattern.compile("(Generated(?:Method|Constructor|SerializationConstructor)Accessor)\\d+$");

  private ClassNames() {}

  /** Returns the name of a class whose symbol is {@code internal}. */
  public static String legible(String internal) {
    String name = HIDDEN.matcher(internal).replaceFirst("").replace('/', '.');
    name = LAMBDA.matcher(name).replaceFirst("$1");
    return ACCESSOR.matcher(name).replaceFirst("$1");
  }
}
