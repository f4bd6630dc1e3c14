package dev.sonde.probes.method;

import net.bytebuddy.jar.asm.Type;

/**
 * What a target says about a method's parameters: the inside of a JVM descriptor ({@code
 * Ljava/lang/String;I}), or Java type names ({@code java.lang.String, int}), of which a class may
 * go without its package.
 *
 * @param text as written, between the parentheses
 */
record Parameters(String text) {

  boolean matches(String descriptor) {
    String inside = descriptor.substring(1, descriptor.indexOf(')'));
    return isDescriptor() ? inside.equals(text) : matchesNames(Type.getArgumentTypes(descriptor));
  }

  private boolean isDescriptor() {
    boolean primitives = !text.isEmpty() && text.chars().allMatch(c -> "BCDFIJSZ[".indexOf(c) >= 0);
    return primitives || text.indexOf(';') >= 0;
  }

  private boolean matchesNames(Type[] types) {
    String[] names = text.isBlank() ? new String[0] : text.split(",");
    if (names.length != types.length) {
      return false;
    }
    for (int i = 0; i < names.length; i++) {
      String name = names[i].strip();
      String wanted = name.endsWith("...") ? name.substring(0, name.length() - 3) + "[]" : name;
      String actual = types[i].getClassName();
      boolean same =
          actual.equals(wanted)
              || simple(actual).equals(wanted)
              || actual.replace('$', '.').equals(wanted);
      if (!same && !wanted.equals("*")) {
        return false;
      }
    }
    return true;
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }

  /** Returns a method's name with its parameters' simple names: {@code put(Object, Object)}. */
  static String describe(String method, String descriptor) {
    StringBuilder text = new StringBuilder(method).append('(');
    Type[] types = Type.getArgumentTypes(descriptor);
    for (int i = 0; i < types.length; i++) {
      text.append(i == 0 ? "" : ", ").append(simple(types[i].getClassName()));
    }
    return text.append(')').toString();
  }
}
