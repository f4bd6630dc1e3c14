package dev.sonde.probes.elf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A mangled name while it is read: the place in it, and what later parts may refer back to. */
final class MangledText {
  private static final int MAX_DEPTH = 200;
  private static final int MAX_LENGTH = 1 << 15; // substitutions can grow without bound

  /** What is read is no C++ name, or uses a part of the grammar that is not known. */
  static final class NotMangledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotMangledException() {
      super("not a C++ name", null, false, false);
    }
  }

  final List<CppPiece> substitutions = new ArrayList<>();
  private final Map<Integer, Integer> parameters = new HashMap<>(); // by substitution
  List<CppPiece> templateArguments = List.of(); // of the function that is being read
  int typeDepth; // template arguments inside of types are not the function's
  int lambdaDepth; // parameters of a lambda that are "auto" have no argument
  private final String text;
  private int at;
  private int depth;

  MangledText(String text, int at) {
    this.text = text;
    this.at = at;
  }

  boolean atEnd() {
    return at >= text.length();
  }

  char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : 0;
  }

  char next() {
    if (atEnd()) {
      throw new NotMangledException();
    }
    return text.charAt(at++);
  }

  boolean take(String wanted) {
    if (!text.startsWith(wanted, at)) {
      return false;
    }
    at += wanted.length();
    return true;
  }

  void expect(char wanted) {
    if (next() != wanted) {
      throw new NotMangledException();
    }
  }

  boolean isDigit() {
    return Character.digit(peek(), 10) >= 0 && peek() < 128;
  }

  int number() {
    int value = 0;
    if (!isDigit()) {
      throw new NotMangledException();
    }
    while (isDigit()) {
      value = value * 10 + (next() - '0');
      if (value > MAX_LENGTH) {
        throw new NotMangledException();
      }
    }
    return value;
  }

  /** A length and as many characters. */
  String sourceName() {
    int length = number();
    if (length > text.length() - at || length == 0) {
      throw new NotMangledException();
    }
    String name = text.substring(at, at + length);
    at += length;
    return name.startsWith("_GLOBAL__N") ? "(anonymous namespace)" : name;
  }

  /** {@code _} is 0, {@code 0_} is 1 and so on, to the base of 36. */
  int sequenceId() {
    if (take("_")) {
      return 0;
    }
    int value = 0;
    while (peek() != '_') {
      int digit = Character.digit(next(), 36);
      value = value * 36 + digit;
      if (digit < 0 || value > MAX_LENGTH) {
        throw new NotMangledException();
      }
    }
    next();
    return value + 1;
  }

  /** A template parameter is what it stands for where it is used, not where it was first read. */
  CppPiece substitution(int index) {
    if (index >= substitutions.size()) {
      throw new NotMangledException();
    }
    Integer parameter = parameters.get(index);
    if (parameter != null && parameter < templateArguments.size()) {
      return templateArguments.get(parameter);
    }
    return substitutions.get(index);
  }

  CppPiece remember(CppPiece piece) {
    if (piece.length() > MAX_LENGTH) {
      throw new NotMangledException();
    }
    substitutions.add(piece);
    return piece;
  }

  CppPiece rememberParameter(CppPiece piece, int parameter) {
    parameters.put(substitutions.size(), parameter);
    return remember(piece);
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new NotMangledException();
    }
  }

  void leave() {
    depth--;
  }
}
