package dev.sonde.probes.elf;

import dev.sonde.probes.elf.MangledText.NotMangledException;
import java.util.List;
import java.util.Map;

/** Names and whole encodings of mangled names. */
final class CppNames {
  private static final Map<String, String> STANDARD =
      Map.of(
          "a", "std::allocator",
          "b", "std::basic_string",
          "s", "std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
          "i", "std::basic_istream<char, std::char_traits<char> >",
          "o", "std::basic_ostream<char, std::char_traits<char> >",
          "d", "std::basic_iostream<char, std::char_traits<char> >");
  private static final List<String> SPECIAL =
      List.of(
          "TV", "vtable for ",
          "TT", "VTT for ",
          "TI", "typeinfo for ",
          "TS", "typeinfo name for ");

  private final MangledText in;
  private final CppTypes types;

  /**
   * A name as it was read.
   *
   * @param hasResult whether the encoding gives the result's type: functions that are templates
   * @param qualifiers of a member function
   */
  record Name(String text, boolean hasResult, String qualifiers) {}

  CppNames(MangledText in) {
    this.in = in;
    this.types = new CppTypes(in, this);
  }

  /** Reads a name with its parameters, if it is a function's. */
  String encoding() {
    return encoding(true);
  }

  private String encoding(boolean withResult) {
    in.enter();
    try {
      String special = special();
      if (special != null) {
        return special;
      }
      Name name = name();
      if (in.atEnd() || in.peek() == 'E') {
        return name.text;
      }
      CppPiece result = name.hasResult ? types.type() : CppPiece.of("");
      result = withResult ? result : CppPiece.of("");
      String left = result.left().isEmpty() ? "" : result.left() + " ";
      left = result.wraps() ? result.left() : left;
      return left + name.text + types.parameters() + name.qualifiers + result.right();
    } finally {
      in.leave();
    }
  }

  /**
   * Reads the encoding of a function within a type: template parameters in it are its own.
   *
   * @param withResult whether the result's type is shown, where it is known
   */
  String inner(boolean withResult) {
    int depth = in.typeDepth;
    List<CppPiece> outer = in.templateArguments;
    in.typeDepth = 0;
    String text = encoding(withResult);
    in.typeDepth = depth;
    if (depth > 0) {
      in.templateArguments = outer;
    }
    return text;
  }

  /** Reads a name, and leaves what follows it. */
  String encodingName() {
    String special = special();
    return special != null ? special : name().text;
  }

  private @org.jspecify.annotations.Nullable String special() {
    for (int i = 0; i < SPECIAL.size(); i += 2) {
      if (in.take(SPECIAL.get(i))) {
        return SPECIAL.get(i + 1) + types.type().text();
      }
    }
    if (in.take("GV")) {
      return "guard variable for " + name().text;
    }
    if (in.take("GTt")) {
      return "transaction clone for " + encoding();
    }
    if (in.take("TW")) {
      return "TLS wrapper function for " + name().text;
    }
    if (in.take("TH")) {
      return "TLS init function for " + name().text;
    }
    if (in.take("Th")) {
      offset();
      return "non-virtual thunk to " + encoding();
    }
    if (in.take("Tv")) {
      offset();
      offset();
      return "virtual thunk to " + encoding();
    }
    return null;
  }

  private void offset() {
    in.take("n");
    in.number();
    in.expect('_');
  }

  Name name() {
    in.enter();
    try {
      switch (in.peek()) {
        case 'N':
          return nested();
        case 'Z':
          return local();
        case 'S':
          if (in.peek(1) != 't') {
            return new Name(withArguments(substitution().text()), true, "");
          }
          in.take("St");
          return unscoped("std::");
        default:
          return unscoped("");
      }
    } finally {
      in.leave();
    }
  }

  private Name unscoped(String scope) {
    boolean conversion = in.peek() == 'c' && in.peek(1) == 'v';
    String name = scope + unqualified("");
    if (in.peek() != 'I') {
      return new Name(name, false, "");
    }
    in.remember(CppPiece.of(name));
    return new Name(withArguments(name), !conversion, "");
  }

  private Name nested() {
    in.expect('N');
    String qualifiers = types.qualifiers();
    qualifiers += in.take("R") ? " &" : in.take("O") ? " &&" : "";
    String text = "";
    String last = "";
    boolean template = false;
    boolean plain = true; // neither constructor, destructor nor conversion
    while (!in.take("E")) {
      char c = in.peek();
      boolean standard = c == 'S' && in.peek(1) == 't';
      boolean known = c == 'S' && !standard;
      template = c == 'I';
      if (standard) {
        in.take("St");
        text = "std";
      } else if (known) {
        text = substitution().text();
        last = lastPart(text);
      } else if (template) {
        text = withArguments(text);
      } else if (c == 'T') {
        text = types.templateParameter().text();
      } else if (c == 'D' && (in.peek(1) == 't' || in.peek(1) == 'T')) {
        text = types.type().text();
      } else {
        plain = !(c == 'C' || c == 'D' || c == 'c' && in.peek(1) == 'v');
        String part = unqualified(last);
        last = part;
        text = text.isEmpty() ? part : text + "::" + part;
      }
      if (!standard && !known && in.peek() != 'E') {
        in.remember(CppPiece.of(text));
      }
    }
    if (text.isEmpty()) {
      throw new NotMangledException();
    }
    return new Name(text, template && plain, qualifiers);
  }

  private Name local() {
    in.expect('Z');
    String function = inner(false);
    in.expect('E');
    if (in.take("s")) {
      discriminator();
      return new Name(function + "::string literal", false, "");
    }
    if (in.take("d")) {
      if (in.isDigit()) {
        in.number();
      }
      in.expect('_');
    }
    Name entity = name();
    discriminator();
    return new Name(function + "::" + entity.text, entity.hasResult, entity.qualifiers);
  }

  private void discriminator() {
    if (in.peek() == '_' && in.peek(1) == '_') {
      in.take("__");
      in.number();
      in.expect('_');
    } else if (in.peek() == '_') {
      in.next();
      in.number();
    }
  }

  /**
   * @param owner the class's own name, which constructors repeat
   */
  private String unqualified(String owner) {
    in.take("L"); // internal linkage
    char c = in.peek();
    String name;
    if (in.isDigit()) {
      name = in.sourceName();
    } else if (c == 'C' && Character.isDigit(in.peek(1))) {
      in.next();
      in.next();
      name = withoutArguments(owner);
    } else if (c == 'D' && Character.isDigit(in.peek(1))) {
      in.next();
      in.next();
      name = "~" + withoutArguments(owner);
    } else if (c == 'U') {
      name = unnamed();
    } else {
      name = CppOperators.read(in, types);
    }
    StringBuilder tagged = new StringBuilder(name);
    while (in.take("B")) {
      tagged.append("[abi:").append(in.sourceName()).append(']');
    }
    return tagged.toString();
  }

  private String unnamed() {
    if (in.take("Ut")) {
      return "{unnamed type#" + ordinal() + "}";
    }
    if (in.take("Ul")) {
      in.lambdaDepth++;
      String parameters = types.parameters();
      in.lambdaDepth--;
      in.expect('E');
      return "{lambda" + parameters + "#" + ordinal() + "}";
    }
    throw new NotMangledException();
  }

  /** {@code _} is 1, {@code 0_} is 2. */
  private int ordinal() {
    int number = in.isDigit() ? in.number() + 2 : 1;
    in.expect('_');
    return number;
  }

  private static String lastPart(String text) {
    int open = text.indexOf('<');
    String bare = open > 0 ? text.substring(0, open) : text;
    return bare.substring(bare.lastIndexOf(':') + 1);
  }

  private static String withoutArguments(String name) {
    int open = name.indexOf('<');
    int tag = name.indexOf("[abi:");
    String bare = open > 0 ? name.substring(0, open) : tag > 0 ? name.substring(0, tag) : name;
    if (bare.isEmpty()) {
      throw new NotMangledException();
    }
    return bare;
  }

  /** Reads the arguments that follow, if any do, and puts them behind {@code name}. */
  String withArguments(String name) {
    if (in.peek() != 'I') {
      return name;
    }
    List<CppPiece> arguments = types.arguments();
    if (in.typeDepth == 0) {
      in.templateArguments = arguments;
    }
    String list = CppPiece.ofPack(arguments).text();
    String open = name.endsWith("<") ? " <" : "<";
    return name + open + list + (list.endsWith(">") ? " >" : ">");
  }

  CppPiece substitution() {
    in.expect('S');
    String standard = STANDARD.get(String.valueOf(in.peek()));
    if (standard != null) {
      in.next();
      return CppPiece.of(standard);
    }
    return in.substitution(in.sequenceId());
  }
}
