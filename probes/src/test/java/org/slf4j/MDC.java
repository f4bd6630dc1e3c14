package org.slf4j;

import java.util.HashMap;
import java.util.Map;

/** Stands in for the library's class of that name: as much of it as is asked. */
public final class MDC {
  private static final ThreadLocal<Map<String, String>> VALUES =
      ThreadLocal.withInitial(HashMap::new);

  private MDC() {}

  public static void put(String key, String value) {
    VALUES.get().put(key, value);
  }

  public static void clear() {
    VALUES.get().clear();
  }

  /** Throws, as the library does, where the key is none, and for one key whatever is asked. */
  public static String get(String key) {
    if (key.equals("throws")) {
      throw new AssertionError("code of the library");
    }
    return VALUES.get().get(key);
  }
}
