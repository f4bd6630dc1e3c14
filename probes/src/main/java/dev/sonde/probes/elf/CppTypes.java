package dev.sonde.probes.elf;

import dev.sonde.probes.elf.MangledText.NotMangledException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Types, template arguments and literals of mangled names. */
final class CppTypes {
  private static final Map<Character, String> BUILTIN =
      Map.ofEntries(
          Map.entry('v', "void"),
          Map.entry('w', "wchar_t"),
          Map.entry('b', "bool"),
          Map.entry('c', "char"),
          Map.entry('a', "signed char"),
          Map.entry('h', "unsigned char"),
          Map.entry('s', "short"),
          Map.entry('t', "unsigned short"),
          Map.entry('i', "int"),
          Map.entry('j', "unsigned int"),
          Map.entry('l', "long"),
          Map.entry('m', "unsigned long"),
          Map.entry('x', "long long"),
          Map.entry('y', "unsigned long long"),
          Map.entry('n', "__int128"),
          Map.entry('o', "unsigned __int128"),
          Map.entry('f', "float"),
          Map.entry('d', "double"),
          Map.entry('e', "long double"),
          Map.entry('g', "__float128"),
          Map.entry('z', "..."));
  private static final Map<Character, String> BUILTIN_D =
      Map.of(
          'n', "decltype(nullptr)",
          'i', "char32_t",
          's', "char16_t",
          'u', "char8_t",
          'a', "auto",
          'c', "decltype(auto)",
          'h', "half",
          'd', "decimal64",
          'e', "decimal128",
          'f', "decimal32");
  private static final Map<String, String> LITERAL_SUFFIX =
      Map.of(
          "int", "",
          "unsigned int", "u",
          "long", "l",
          "unsigned long", "ul",
          "long long", "ll",
          "unsigned long long", "ull");

  private final MangledText in;
  private final CppNames names;
  private final CppExpressions expressions;

  CppTypes(MangledText in, CppNames names) {
    this.in = in;
    this.names = names;
    this.expressions = new CppExpressions(in, names, this);
  }

  CppPiece type() {
    in.enter();
    in.typeDepth++;
    try {
      return anyType();
    } finally {
      in.typeDepth--;
      in.leave();
    }
  }

  private CppPiece anyType() {
    char c = in.peek();
    String builtin = BUILTIN.get(c);
    if (builtin != null) {
      in.next();
      return CppPiece.of(builtin);
    }
    return switch (c) {
      case 'r', 'V', 'K' -> in.remember(qualifiedType());
      case 'P' -> in.remember(behind(1).pointer("*"));
      case 'R' -> in.remember(behind(1).reference("&"));
      case 'O' -> in.remember(behind(1).reference("&&"));
      case 'C' -> in.remember(behind(1).qualified(" _Complex"));
      case 'F' -> in.remember(function());
      case 'A' -> in.remember(array());
      case 'M' -> in.remember(memberPointer());
      case 'T' -> templateParameterType();
      case 'D' -> special();
      case 'u' -> vendorType();
      case 'U' -> vendorQualified();
      case 'S' -> substituted();
      default -> in.remember(CppPiece.of(names.name().text()));
    };
  }

  private CppPiece behind(int letters) {
    for (int i = 0; i < letters; i++) {
      in.next();
    }
    return type();
  }

  private CppPiece qualifiedType() {
    String qualifiers = qualifiers();
    return type().qualified(qualifiers);
  }

  /** Reads {@code r V K}, which are printed innermost first: const, volatile, restrict. */
  String qualifiers() {
    boolean restrict = in.take("r");
    boolean isVolatile = in.take("V");
    boolean isConst = in.take("K");
    return (isConst ? " const" : "")
        + (isVolatile ? " volatile" : "")
        + (restrict ? " restrict" : "");
  }

  private CppPiece function() {
    in.expect('F');
    in.take("Y"); // extern "C"
    CppPiece result = type();
    String parameters = parameters();
    String reference = in.take("R") ? " &" : in.take("O") ? " &&" : "";
    in.expect('E');
    return new CppPiece(
        result.left() + " ", parameters + reference + result.right(), true, false, List.of());
  }

  /** Reads types to the end of the name, or an E; with its parentheses. */
  String parameters() {
    List<CppPiece> types = new ArrayList<>();
    while (!in.atEnd() && in.peek() != 'E' && !(isReferenceQualifier() && in.peek(1) == 'E')) {
      types.add(type());
    }
    if (types.isEmpty()) {
      throw new NotMangledException();
    }
    String text = CppPiece.ofPack(types).text();
    return text.equals("void") ? "()" : "(" + text + ")";
  }

  private boolean isReferenceQualifier() {
    return in.peek() == 'R' || in.peek() == 'O';
  }

  private CppPiece array() {
    in.expect('A');
    String size = "";
    if (in.isDigit()) {
      size = String.valueOf(in.number());
    } else if (in.peek() != '_') {
      size = expressions.expression();
    }
    in.expect('_');
    CppPiece element = type();
    String right = element.wraps() ? element.right() : " " + element.right();
    return new CppPiece(element.left(), " [" + size + "]" + right.strip(), true, false, List.of());
  }

  private CppPiece memberPointer() {
    in.expect('M');
    String owner = type().text();
    CppPiece member = type();
    return member.pointer(owner + "::*");
  }

  /** A parameter is a type of its own; with arguments it is a template that was passed. */
  private CppPiece templateParameterType() {
    int index = parameterIndex();
    CppPiece parameter = in.rememberParameter(argumentOf(index), index);
    return in.peek() == 'I'
        ? in.remember(CppPiece.of(names.withArguments(parameter.text())))
        : parameter;
  }

  CppPiece templateParameter() {
    return argumentOf(parameterIndex());
  }

  private int parameterIndex() {
    in.expect('T');
    if (in.take("_")) {
      return 0;
    }
    int index = in.number() + 1;
    in.expect('_');
    return index;
  }

  private CppPiece argumentOf(int index) {
    if (index < in.templateArguments.size() && in.lambdaDepth == 0) {
      return in.templateArguments.get(index);
    }
    if (in.lambdaDepth > 0) {
      return CppPiece.of("auto:" + (index + 1));
    }
    throw new NotMangledException();
  }

  private CppPiece special() {
    char second = in.peek(1);
    String builtin = BUILTIN_D.get(second);
    if (builtin != null) {
      in.next();
      in.next();
      return CppPiece.of(builtin);
    }
    switch (second) {
      case 'p':
        return in.remember(behind(2));
      case 't', 'T':
        in.next();
        in.next();
        String expression = expressions.expression();
        in.expect('E');
        return in.remember(CppPiece.of("decltype (" + expression + ")"));
      case 'v':
        in.next();
        in.next();
        int lanes = in.number();
        in.expect('_');
        return in.remember(CppPiece.of(type().text() + " __vector(" + lanes + ")"));
      case 'o':
        in.next();
        in.next();
        CppPiece function = function();
        return in.remember(
            new CppPiece(function.left(), function.right() + " noexcept", true, false, List.of()));
      default:
        throw new NotMangledException();
    }
  }

  private CppPiece vendorType() {
    in.expect('u');
    return in.remember(CppPiece.of(in.sourceName()));
  }

  private CppPiece vendorQualified() {
    in.expect('U');
    String qualifier = in.sourceName();
    return in.remember(type().qualified(" " + qualifier));
  }

  private CppPiece substituted() {
    if (in.peek(1) == 't') {
      return in.remember(CppPiece.of(names.name().text()));
    }
    CppPiece piece = names.substitution();
    return in.peek() == 'I' ? in.remember(CppPiece.of(names.withArguments(piece.text()))) : piece;
  }

  /** Reads {@code I ... E}. */
  List<CppPiece> arguments() {
    in.expect('I');
    List<CppPiece> arguments = new ArrayList<>();
    while (!in.take("E")) {
      arguments.add(argument());
    }
    return arguments;
  }

  private CppPiece argument() {
    in.enter();
    in.typeDepth++;
    try {
      switch (in.peek()) {
        case 'L':
          return CppPiece.of(literal());
        case 'X':
          in.next();
          boolean address = in.peek() == 'a' && in.peek(1) == 'd';
          String expression = expressions.expression();
          in.expect('E');
          return CppPiece.of(address ? expression : "(" + expression + ")");
        case 'J':
          in.next();
          List<CppPiece> pack = new ArrayList<>();
          while (!in.take("E")) {
            pack.add(argument());
          }
          return CppPiece.ofPack(pack);
        default:
          return type();
      }
    } finally {
      in.typeDepth--;
      in.leave();
    }
  }

  /** Reads {@code L TYPE VALUE E} or {@code L _Z ENCODING E}. */
  String literal() {
    in.expect('L');
    if (in.take("_Z")) {
      String name = names.inner(true);
      in.expect('E');
      return name;
    }
    String type = type().text();
    String sign = in.take("n") ? "-" : "";
    StringBuilder digits = new StringBuilder();
    while (!in.take("E")) {
      digits.append(in.next());
    }
    String value = sign + digits;
    if (type.equals("bool")) {
      return value.equals("1") ? "true" : value.equals("0") ? "false" : "(bool)" + value;
    }
    if (value.isEmpty()) {
      return type.startsWith("decltype(nullptr") ? "(decltype(nullptr))0" : type;
    }
    String suffix = LITERAL_SUFFIX.get(type);
    return suffix == null ? "(" + type + ")" + value : value + suffix;
  }
}
