package dev.sonde.probes.method;

import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What targets that match nothing may have meant: similar names among the loaded classes. Targets
 * of one class are compared with them once.
 */
final class NearMatches {
  private static final int LIMIT = 5;
  private static final int FAR = 1000;
  private static final int MOST_CLASSES = 20;

  private final Class<?>[] loaded;
  private final Map<String, List<String>> classesLike = new HashMap<>();

  NearMatches(Class<?>[] loaded) {
    this.loaded = loaded;
  }

  List<String> of(MethodTarget target) {
    if (target.kind() == MethodTarget.Kind.LINE) {
      return List.of(); // whether the file is wrong or the line, no name would tell
    }
    Glob classes = new Glob(target.classGlob());
    List<Class<?>> matching = new ArrayList<>();
    for (Class<?> type : loaded) {
      boolean named = !type.isArray() && !type.isHidden() && classes.matches(type.getName());
      if (named && matching.size() < MOST_CLASSES) {
        matching.add(type);
      }
    }
    if (!matching.isEmpty()) {
      return methodsLike(target, matching);
    }
    List<String> known = classesLike.get(target.classGlob());
    if (known == null) {
      known = classesLike(target.classGlob());
      classesLike.put(target.classGlob(), known);
    }
    return known;
  }

  private List<String> classesLike(String wanted) {
    String wantedSimple = simple(wanted);
    int worst = worst(wanted);
    int letters = letters(wantedSimple, 0);
    Map<String, Integer> distances = new LinkedHashMap<>();
    for (Class<?> type : loaded) {
      String name = type.getName();
      int start = name.lastIndexOf('.') + 1;
      boolean plausible =
          Math.abs(name.length() - start - wantedSimple.length()) <= worst
              && sharesAnEnd(wantedSimple, name, start)
              && Integer.bitCount(letters & ~letters(name, start)) <= worst;
      if (plausible && !type.isArray() && !type.isPrimitive() && !type.isHidden()) {
        int whole = distance(wanted, name, worst);
        int simple = distance(wantedSimple, name.substring(start), worst) + 1;
        if (Math.min(whole, simple) <= worst) {
          distances.merge(name, Math.min(whole, simple), Math::min);
        }
      }
    }
    return closest(distances, wanted);
  }

  /** Whoever mistypes a name seldom mistypes both ends of it; nearly all others differ in both. */
  private static boolean sharesAnEnd(String wanted, String name, int start) {
    return start < name.length()
        && !wanted.isEmpty()
        && (letter(wanted.charAt(0)) == letter(name.charAt(start))
            || letter(wanted.charAt(wanted.length() - 1))
                == letter(name.charAt(name.length() - 1)));
  }

  private static int letter(char c) {
    return c & 31; // the same for either case
  }

  private static List<String> methodsLike(MethodTarget target, List<Class<?>> classes) {
    Map<String, Integer> distances = new LinkedHashMap<>();
    boolean oneClass = new Glob(target.classGlob()).isLiteral();
    boolean filtered = !target.filter().equals(MethodFilter.NONE);
    Glob wanted = new Glob(target.methodGlob());
    for (Class<?> type : oneClass ? withSuperTypes(classes) : classes) {
      for (Method method : declared(type)) {
        if (isWoven(method) && !(filtered && wanted.matches(method.getName()))) {
          String name = type.getName() + "." + method.getName();
          int distance = distance(target.methodGlob(), method.getName(), FAR);
          distances.merge(describe(name, method), distance, Math::min);
        }
      }
    }
    List<String> closest = closest(distances, target.methodGlob());
    if (closest.isEmpty() && oneClass && !filtered) { // what the class has, near or not
      distances.keySet().removeIf(name -> !name.startsWith(target.classGlob() + "."));
      return closest(distances, FAR + 1);
    }
    return closest;
  }

  /** A bridge is not: the method that it calls is. */
  private static boolean isWoven(Method method) {
    return !method.isBridge() && !Modifier.isAbstract(method.getModifiers());
  }

  /** What a class inherits is woven where it is declared. */
  private static Set<Class<?>> withSuperTypes(List<Class<?>> classes) {
    Set<Class<?>> all = new LinkedHashSet<>(classes);
    for (Class<?> type : classes) {
      for (Class<?> above = type; above != null; above = above.getSuperclass()) {
        all.add(above);
        all.addAll(Arrays.asList(above.getInterfaces()));
      }
    }
    return all;
  }

  private static String describe(String name, Method method) {
    List<String> types = new ArrayList<>();
    for (Class<?> type : method.getParameterTypes()) {
      types.add(type.getSimpleName());
    }
    return name + "(" + String.join(", ", types) + ")";
  }

  private static Method[] declared(Class<?> type) {
    try {
      return type.getDeclaredMethods();
    } catch (LinkageError
        | TypeNotPresentException incomplete) { // an optional dependency is absent
      return new Method[0];
    }
  }

  private static List<String> closest(Map<String, Integer> distances, String wanted) {
    return distances.isEmpty() // the usual thing at a start
        ? List.of()
        : closest(distances, worst(wanted));
  }

  private static List<String> closest(Map<String, Integer> distances, int worst) {
    return distances.entrySet().stream()
        .filter(entry -> entry.getValue() <= worst)
        .sorted(
            Map.Entry.<String, Integer>comparingByValue()
                .thenComparing(Comparator.comparing(Map.Entry::getKey)))
        .limit(LIMIT)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Returns how far a name may be from the wanted one and still be worth naming. */
  private static int worst(String wanted) {
    return Math.max(1, simple(wanted).length() / 3);
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /**
   * Returns the set of letters from {@code start} on: what a name lacks of another's must be put in
   * one by one, so that nearly all names are told apart by it.
   */
  private static int letters(String name, int start) {
    int set = 0;
    for (int i = start; i < name.length(); i++) {
      set |= 1 << letter(name.charAt(i));
    }
    return set;
  }

  /**
   * Levenshtein's distance, letters of either case being the same; something above {@code most}
   * where it is above: thousands of names are compared while the application waits to start.
   */
  private static int distance(String a, String b, int most) {
    if (Math.abs(a.length() - b.length()) > Math.min(24, most)) {
      return FAR;
    }
    String left = a.toLowerCase(Locale.ROOT);
    String right = b.toLowerCase(Locale.ROOT);
    int[] row = new int[right.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      int least = i;
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
        least = Math.min(least, row[j]);
      }
      if (least > most) {
        return FAR;
      }
    }
    return row[right.length()];
  }
}
