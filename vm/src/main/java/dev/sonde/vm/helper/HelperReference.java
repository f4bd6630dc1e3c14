package dev.sonde.vm.helper;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The reference page {@code docs/reference/helpers.md}, written from the tables of rows. */
public final class HelperReference {
  private HelperReference() {}

  /** Returns the page as Markdown. */
  public static String markdown() {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Helpers and kfuncs

        This page is generated from the tables in `dev.sonde.vm.helper`; the test `HelperReferenceTest` fails when it is
        not current, and says how to write it anew.

        ## Helpers

        Ids, names and arguments are the kernel's (`man 7 bpf-helpers`). *GPL*: the program's licence must be GPL
        compatible. *For*: the program types that may call it.

        | id | helper | arguments | returns | GPL | for |
        |--:|---|---|---|---|---|
        """);
    Helpers.all().forEach(row -> page.append(helperLine(row)));
    page.append(
        """

        `bpf_get_func_arg`, `bpf_get_func_ret` and `bpf_get_func_arg_cnt` are given to fentry and fexit programs only by the
        kernel; here a kprobe program on a method has them.

        ## Kfuncs

        Declare them `extern ... __ksym`; they are found by name at load.

        | kfunc | arguments | returns | for |
        |---|---|---|---|
        """);
    Kfuncs.all().stream()
        .sorted(Comparator.comparing(HelperProto::name))
        .forEach(
            row ->
                page.append(
                    "| `%s` | %s | %s | %s |\n"
                        .formatted(
                            row.name(), arguments(row), lower(row.returns()), callers(row))));
    return page.toString();
  }

  private static String helperLine(HelperProto row) {
    return "| %d | `%s` | %s | %s | %s | %s |\n"
        .formatted(
            row.id(),
            row.name(),
            arguments(row),
            lower(row.returns()),
            row.gplOnly() ? "yes" : "",
            callers(row));
  }

  private static String arguments(HelperProto row) {
    List<String> kinds = new ArrayList<>();
    for (ArgKind kind : row.args()) {
      kinds.add(kind == ArgKind.DONTCARE ? "..." : lower(kind));
    }
    return String.join(", ", kinds);
  }

  private static String callers(HelperProto row) {
    if (row.families().contains(HelperFamily.BASE)) {
      return "all";
    }
    return row.families().stream()
        .sorted()
        .map(HelperReference::lower)
        .collect(Collectors.joining(", "));
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
