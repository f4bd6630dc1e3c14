package dev.sonde.probes.elf;

import dev.sonde.probes.elf.MangledText.NotMangledException;
import java.util.ArrayList;
import java.util.List;

/** The expressions that stand in template arguments and decltypes, as far as symbols have them. */
final class CppExpressions {
  private final MangledText in;
  private final CppNames names;
  private final CppTypes types;

  CppExpressions(MangledText in, CppNames names, CppTypes types) {
    this.in = in;
    this.names = names;
    this.types = types;
  }

  String expression() {
    in.enter();
    try {
      return any();
    } finally {
      in.leave();
    }
  }

  private String any() {
    char c = in.peek();
    if (c == 'L') {
      return types.literal();
    }
    if (c == 'T') {
      return types.templateParameter().text();
    }
    if (in.take("st")) {
      return "sizeof (" + types.type().text() + ")";
    }
    if (in.take("sz")) {
      return "sizeof (" + expression() + ")";
    }
    if (in.take("sr")) {
      String scope = types.type().text();
      String member = in.isDigit() ? in.sourceName() : CppOperators.read(in, types);
      return scope + "::" + names.withArguments(member);
    }
    if (in.take("cl")) {
      String callee = expression();
      return callee + "(" + list() + ")";
    }
    if (in.take("cv")) {
      String type = types.type().text();
      return "(" + type + ")" + (in.take("_") ? "(" + list() + ")" : expression());
    }
    if (in.take("fp")) {
      int index = in.isDigit() ? in.number() + 2 : 1;
      in.expect('_');
      return "{parm#" + index + "}";
    }
    if (in.isDigit()) {
      return names.withArguments(in.sourceName());
    }
    return operation();
  }

  private String list() {
    List<String> arguments = new ArrayList<>();
    while (!in.take("E")) {
      arguments.add(expression());
    }
    return String.join(", ", arguments);
  }

  private String operation() {
    String code = "" + in.peek() + in.peek(1);
    String symbol = CppOperators.symbol(in);
    if (symbol == null || symbol.startsWith(" ")) {
      throw new NotMangledException();
    }
    if (code.equals("ad") && in.peek() == 'L') {
      return symbol + function();
    }
    return switch (code) {
      case "ps", "ng", "ad", "de", "co", "nt" -> symbol + operand();
      case "qu" -> operand() + "?" + operand() + " : " + operand();
      default -> operand() + symbol + operand();
    };
  }

  /** A member function is named without its parameters. */
  private String function() {
    boolean member = in.peek(1) == '_' && in.peek(3) == 'N';
    String text = types.literal();
    int open = text.indexOf('(');
    return member && open > 0 ? text.substring(0, open) : "(" + text + ")";
  }

  private String operand() {
    boolean simple = in.peek() == 'L' && in.peek(1) != 'N' || in.peek() == 'T';
    String text = expression();
    return simple ? text : "(" + text + ")";
  }
}
