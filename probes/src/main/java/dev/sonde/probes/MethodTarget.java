package dev.sonde.probes;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A place in Java methods.
 *
 * <p>Written {@code KIND/CLASS.METHOD[(PARAMETERS)]}, where CLASS and METHOD may hold {@code *} and
 * {@code ?}, PARAMETERS is {@code ...}, a list of Java type names or a JVM descriptor's inside; or
 * {@code line/FILE.java:N}; or {@code alloc/CLASS}. A class is named as {@link Class#getName} names
 * it; a constructor's method is {@code <init>}, a static initializer's {@code <clinit>}.
 *
 * @param kind at which moment
 * @param classGlob of the method's class; of the callee for CALL, of the allocated class for ALLOC;
 *     the file, with its package's folders or without, for LINE
 * @param methodGlob of the method; of the callee for CALL; {@code *} where it has no meaning
 * @param parameters null: any
 * @param line 1-based for LINE, else 0
 * @param filter which of the matching classes and methods
 * @param limits how often and how long, checked before the event costs anything
 * @param order programs on one place run in ascending order, then in the order of attachment
 * @param cookie what bpf_get_attach_cookie answers
 */
public record MethodTarget(
    Kind kind,
    String classGlob,
    String methodGlob,
    @Nullable String parameters,
    int line,
    MethodFilter filter,
    ProbeLimits limits,
    int order,
    long cookie)
    implements AttachTarget {

  /** The moment of the event. */
  public enum Kind {
    /** Before the method's first insn. */
    ENTRY("method"),
    /** Before the method returns normally. */
    RETURN("methodret"),
    /** When an exception leaves the method. */
    EXCEPTION("methodexc"),
    /** Before a call of the method, in its caller. */
    CALL("call"),
    /** Before the first insn of a source line. */
    LINE("line"),
    /** After an object or array of the class was made by {@code new}. */
    ALLOC("alloc");

    private final String section;

    Kind(String section) {
      this.section = section;
    }

    /** Returns how a section name of this kind begins, up to the slash. */
    public String section() {
      return section;
    }
  }

  public MethodTarget {
    if (classGlob.isEmpty() || methodGlob.isEmpty()) {
      throw new IllegalArgumentException(
          "target: empty class or method, got \"%s\" and \"%s\", want CLASS.METHOD"
              .formatted(classGlob, methodGlob));
    }
  }

  /** Returns a target without filter, limits, order or cookie. */
  public static MethodTarget of(Kind kind, String classGlob, String methodGlob) {
    return new MethodTarget(
        kind, classGlob, methodGlob, null, 0, MethodFilter.NONE, ProbeLimits.NONE, 0, 0);
  }

  /** Tells whether a section name is for {@link #parse}. */
  public static boolean isMethodSection(String section) {
    return kindOf(section) != null;
  }

  /**
   * Returns the target that a section name spells.
   *
   * @throws IllegalArgumentException if it spells none; the message says what was expected
   */
  public static MethodTarget parse(String section) {
    Kind kind = kindOf(section);
    if (kind == null) {
      throw bad(section, "KIND/..., where KIND is method, methodret, methodexc, call, line, alloc");
    }
    String place = section.substring(kind.section.length() + 1).strip();
    return switch (kind) {
      case LINE -> parseLine(section, place);
      case ALLOC -> place.isEmpty() ? fail(section, "alloc/CLASS") : of(kind, place, "*");
      case ENTRY, RETURN, EXCEPTION, CALL -> parseMethod(section, kind, place);
    };
  }

  public MethodTarget withFilter(MethodFilter newFilter) {
    return new MethodTarget(
        kind, classGlob, methodGlob, parameters, line, newFilter, limits, order, cookie);
  }

  public MethodTarget withLimits(ProbeLimits newLimits) {
    return new MethodTarget(
        kind, classGlob, methodGlob, parameters, line, filter, newLimits, order, cookie);
  }

  public MethodTarget withOrder(int newOrder) {
    return new MethodTarget(
        kind, classGlob, methodGlob, parameters, line, filter, limits, newOrder, cookie);
  }

  @Override
  public MethodTarget withCookie(long newCookie) {
    return new MethodTarget(
        kind, classGlob, methodGlob, parameters, line, filter, limits, order, newCookie);
  }

  /** Returns the section name that spells this target. */
  @Override
  public String toString() {
    return switch (kind) {
      case LINE -> "line/" + classGlob + ":" + line;
      case ALLOC -> "alloc/" + classGlob;
      case ENTRY, RETURN, EXCEPTION, CALL ->
          "%s/%s.%s%s"
              .formatted(
                  kind.section,
                  classGlob,
                  methodGlob,
                  parameters == null ? "" : "(" + parameters + ")");
    };
  }

  private static MethodTarget parseMethod(String section, Kind kind, String place) {
    int open = place.indexOf('(');
    String name = open < 0 ? place : place.substring(0, open);
    int dot = name.lastIndexOf('.');
    if (dot <= 0 || dot == name.length() - 1) {
      return fail(section, kind.section + "/CLASS.METHOD[(PARAMETERS)]");
    }
    MethodTarget target = of(kind, name.substring(0, dot), name.substring(dot + 1));
    return open < 0 ? target : target.withParameters(section, place.substring(open + 1));
  }

  /**
   * {@code rest} is what follows the opening parenthesis; a descriptor's return type is ignored.
   */
  private MethodTarget withParameters(String section, String rest) {
    int close = rest.indexOf(')');
    if (close < 0) {
      return fail(section, "a closing parenthesis after the parameters");
    }
    String inside = rest.substring(0, close).strip();
    String given = inside.equals("...") || inside.equals("..") ? null : inside;
    return new MethodTarget(
        kind, classGlob, methodGlob, given, line, filter, limits, order, cookie);
  }

  private static MethodTarget parseLine(String section, String place) {
    int colon = place.lastIndexOf(':');
    String digits = place.substring(colon + 1);
    boolean number =
        !digits.isEmpty()
            && digits.length() < 9
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (colon <= 0 || !number || Integer.parseInt(digits) == 0) {
      return fail(section, "line/FILE.java:N with N of 1 or more");
    }
    return new MethodTarget(
        Kind.LINE,
        place.substring(0, colon),
        "*",
        null,
        Integer.parseInt(digits),
        MethodFilter.NONE,
        ProbeLimits.NONE,
        0,
        0);
  }

  private static @Nullable Kind kindOf(String section) {
    int slash = section.indexOf('/');
    String prefix = slash < 0 ? "" : section.substring(0, slash).toLowerCase(Locale.ROOT);
    for (Kind kind : Kind.values()) {
      if (kind.section.equals(prefix)) {
        return kind;
      }
    }
    return null;
  }

  private static MethodTarget fail(String section, String want) {
    throw bad(section, want);
  }

  private static IllegalArgumentException bad(String section, String want) {
    return new IllegalArgumentException("target: got \"%s\", want %s".formatted(section, want));
  }
}
