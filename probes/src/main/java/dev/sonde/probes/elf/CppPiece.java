package dev.sonde.probes.elf;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A type or name that has been read: what stands left and right of a declarator.
 *
 * @param wraps whether a pointer to it needs parentheses: functions and arrays
 * @param pack the elements of a parameter pack, which are what the piece is; empty: it is none
 */
record CppPiece(String left, String right, boolean wraps, boolean isPack, List<CppPiece> pack) {
  static CppPiece of(String text) {
    return new CppPiece(text, "", false, false, List.of());
  }

  static CppPiece ofPack(List<CppPiece> elements) {
    return new CppPiece("", "", false, true, List.copyOf(elements));
  }

  String text() {
    return isPack
        ? pack.stream()
            .map(CppPiece::text)
            .filter(t -> !t.isEmpty())
            .collect(Collectors.joining(", "))
        : left + right;
  }

  int length() {
    return isPack ? pack.stream().mapToInt(CppPiece::length).sum() : left.length() + right.length();
  }

  CppPiece each(UnaryOperator<CppPiece> change) {
    return isPack ? ofPack(pack.stream().map(change).toList()) : change.apply(this);
  }

  /** Adds a qualifier behind the type; a function's stands behind its parameters. */
  CppPiece qualified(String qualifier) {
    return each(
        p ->
            p.wraps && p.right.startsWith("(")
                ? new CppPiece(p.left, p.right + qualifier, true, false, List.of())
                : new CppPiece(p.left + qualifier, p.right, p.wraps, false, List.of()));
  }

  /** Makes it a pointer or reference: {@code *}, {@code &}, {@code &&}, {@code C::*}. */
  CppPiece pointer(String mark) {
    return each(
        p -> {
          String open =
              p.wraps ? (p.left.endsWith(" ") ? "(" : " (") : mark.contains(":") ? " " : "";
          String close = p.wraps ? ")" : "";
          return new CppPiece(p.left + open + mark, close + p.right, false, false, List.of());
        });
  }

  /** A reference to a reference is an lvalue's if one of them is. */
  CppPiece reference(String mark) {
    return each(
        p -> {
          if (p.wraps || !p.left.endsWith("&")) {
            return p.pointer(mark);
          }
          boolean rvalue = p.left.endsWith("&&") && mark.equals("&&");
          String bare = p.left.substring(0, p.left.length() - (p.left.endsWith("&&") ? 2 : 1));
          return new CppPiece(bare + (rvalue ? "&&" : "&"), p.right, false, false, List.of());
        });
  }
}
