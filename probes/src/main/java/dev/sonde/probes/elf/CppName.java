package dev.sonde.probes.elf;

import java.util.regex.Pattern;

/**
 * C++ names as programmers write them, from the names that compilers put into symbol tables.
 *
 * @see <a href="https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling">Itanium C++ ABI</a>
 */
public final class CppName {
  private static final Pattern CLONE = Pattern.compile("\\.[a-zA-Z_]+(?:\\.[0-9]+)*");

  private CppName() {}

  /**
   * Returns the whole name, with parameters: {@code JavaCalls::call(JavaValue*, ...)}; {@code
   * symbol} itself when it is no C++ name.
   */
  public static String of(String symbol) {
    return demangled(symbol, true);
  }

  /** Returns the name without parameters and result: {@code JavaCalls::call}. */
  public static String brief(String symbol) {
    return demangled(symbol, false);
  }

  /** {@code .constprop.0.isra.0} is a clone of a clone. */
  private static String clones(String suffix) {
    return CLONE.matcher(suffix).replaceAll(" [clone $0]");
  }

  private static String demangled(String symbol, boolean whole) {
    if (!symbol.startsWith("_Z")) {
      return symbol;
    }
    int dot = symbol.indexOf('.');
    String mangled = dot < 0 ? symbol : symbol.substring(0, dot);
    String suffix = dot < 0 || !whole ? "" : clones(symbol.substring(dot));
    try {
      MangledText text = new MangledText(mangled, 2);
      CppNames names = new CppNames(text);
      String name = whole ? names.encoding() : names.encodingName();
      return whole && !text.atEnd() ? symbol : name + suffix;
    } catch (MangledText.NotMangledException notCpp) {
      return symbol;
    }
  }
}
