package dev.sonde.vm.helper;

import static dev.sonde.vm.helper.ArgKind.CONST_SIZE;
import static dev.sonde.vm.helper.ArgKind.HANDLE;
import static dev.sonde.vm.helper.ArgKind.MEM_UNINIT;
import static dev.sonde.vm.helper.Row.helper;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The table of kfuncs: functions that programs declare {@code extern ... __ksym} and that are found
 * by name at load. What only a JVM knows is reached through these.
 */
public final class Kfuncs {
  private static final List<HelperProto> ROWS =
      List.of(
          helper(0, "sonde_java_string")
              .args(HANDLE, MEM_UNINIT, CONST_SIZE)
              .body(JavaKfuncs.class));

  private static final Map<String, HelperProto> BY_NAME =
      ROWS.stream().collect(Collectors.toUnmodifiableMap(HelperProto::name, Function.identity()));

  private Kfuncs() {}

  /** Returns every row; a row's id is its index here. */
  public static List<HelperProto> all() {
    return ROWS;
  }

  /** Returns the row of {@code name}, or null when there is none here. */
  public static @Nullable HelperProto byName(String name) {
    return BY_NAME.get(name);
  }
}
