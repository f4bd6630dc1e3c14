package dev.sonde.probes.elf;

import dev.sonde.probes.elf.MangledText.NotMangledException;
import java.util.HashMap;
import java.util.Map;

/** The two-letter codes of operators, as names and in expressions. */
final class CppOperators {
  private static final Map<String, String> SYMBOLS = new HashMap<>();

  static {
    String[] table = {
      "nw",
      " new",
      "na",
      " new[]",
      "dl",
      " delete",
      "da",
      " delete[]",
      "aw",
      " co_await",
      "ps",
      "+",
      "ng",
      "-",
      "ad",
      "&",
      "de",
      "*",
      "co",
      "~",
      "pl",
      "+",
      "mi",
      "-",
      "ml",
      "*",
      "dv",
      "/",
      "rm",
      "%",
      "an",
      "&",
      "or",
      "|",
      "eo",
      "^",
      "aS",
      "=",
      "pL",
      "+=",
      "mI",
      "-=",
      "mL",
      "*=",
      "dV",
      "/=",
      "rM",
      "%=",
      "aN",
      "&=",
      "oR",
      "|=",
      "eO",
      "^=",
      "ls",
      "<<",
      "rs",
      ">>",
      "lS",
      "<<=",
      "rS",
      ">>=",
      "eq",
      "==",
      "ne",
      "!=",
      "lt",
      "<",
      "gt",
      ">",
      "le",
      "<=",
      "ge",
      ">=",
      "ss",
      "<=>",
      "nt",
      "!",
      "aa",
      "&&",
      "oo",
      "||",
      "pp",
      "++",
      "mm",
      "--",
      "cm",
      ",",
      "pm",
      "->*",
      "pt",
      "->",
      "cl",
      "()",
      "ix",
      "[]",
      "qu",
      "?"
    };
    for (int i = 0; i < table.length; i += 2) {
      SYMBOLS.put(table[i], table[i + 1]);
    }
  }

  private CppOperators() {}

  /** Reads the name of an operator function. */
  static String read(MangledText in, CppTypes types) {
    if (in.take("cv")) {
      return "operator " + types.type().text();
    }
    if (in.take("li")) {
      return "operator\"\" " + in.sourceName();
    }
    String symbol = symbol(in);
    if (symbol == null) {
      throw new NotMangledException();
    }
    return "operator" + symbol;
  }

  /** Reads a code and returns its symbol; null, and nothing read, when there is none. */
  static @org.jspecify.annotations.Nullable String symbol(MangledText in) {
    String code = "" + in.peek() + in.peek(1);
    String symbol = SYMBOLS.get(code);
    if (symbol != null) {
      in.take(code);
    }
    return symbol;
  }
}
