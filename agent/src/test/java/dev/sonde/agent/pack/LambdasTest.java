package dev.sonde.agent.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Classes mean the same with their lambdas unfolded. */
class LambdasTest {
  private static final Class<?> SUBJECT = UnfoldedSubject.class;

  @Test
  @SuppressWarnings("unchecked")
  void whatTheClassesAnswerIsTheSame() throws Exception {
    List<String> folded = UnfoldedSubject.answers();
    Class<?> unfolded = new Loader(Lambdas.unfold(subject())).loadClass(SUBJECT.getName());
    assertFalse(unfolded == SUBJECT);
    assertEquals(folded, (List<String>) unfolded.getMethod("answers").invoke(null));
  }

  @Test
  void noCallSiteOfALambdaIsLeft() throws IOException {
    Map<String, byte[]> before = subject();
    Map<String, byte[]> after = Lambdas.unfold(before);
    assertTrue(text(before.get(internalName(SUBJECT))).contains("metafactory"));
    after.forEach(
        (name, bytes) -> {
          boolean serializable = name.endsWith("$Sent"); // which stays a call site
          assertEquals(serializable, text(bytes).contains("LambdaMetafactory"), name);
        });
    assertTrue(after.size() > before.size() + 20, () -> after.keySet().toString());
  }

  @Test
  void itIsTheSameEveryTime() throws IOException {
    Map<String, byte[]> once = Lambdas.unfold(subject());
    Map<String, byte[]> again = Lambdas.unfold(subject());
    assertEquals(once.keySet(), again.keySet());
    once.forEach((name, bytes) -> assertEquals(text(bytes), text(again.get(name)), name));
  }

  /** The class and those that it declares, by internal name. */
  private static Map<String, byte[]> subject() throws IOException {
    Map<String, byte[]> classes = new TreeMap<>();
    List<Class<?>> all = new ArrayList<>(List.of(SUBJECT.getDeclaredClasses()));
    all.add(SUBJECT);
    for (Class<?> one : all) {
      try (InputStream in = SUBJECT.getResourceAsStream("/" + internalName(one) + ".class")) {
        classes.put(internalName(one), in.readAllBytes());
      }
    }
    return classes;
  }

  private static String internalName(Class<?> type) {
    return type.getName().replace('.', '/');
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Defines the classes that it is given, before its parent is asked. */
  private static final class Loader extends ClassLoader {
    private final Map<String, byte[]> classes;

    Loader(Map<String, byte[]> classes) {
      super(LambdasTest.class.getClassLoader());
      this.classes = classes;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      byte[] bytes = classes.get(name.replace('.', '/'));
      if (bytes == null) {
        return super.loadClass(name, resolve);
      }
      Class<?> known = findLoadedClass(name);
      return known == null ? defineClass(name, bytes, 0, bytes.length) : known;
    }
  }
}
