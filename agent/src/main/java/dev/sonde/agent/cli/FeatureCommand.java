package dev.sonde.agent.cli;

import dev.sonde.probes.linux.Linux;
import dev.sonde.probes.record.NativePermissions;
import dev.sonde.vm.helper.ArgKind;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.helper.Kfuncs;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.program.ProgramType;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "feature", description = "Show program types, map types, helpers and kfuncs.")
final class FeatureCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("Native targets on this machine, for this user:");
    nativeTargets().forEach(line -> out.println("  " + line));
    out.println("Program types (kernel id, sections):");
    for (ProgramType type : ProgramType.values()) {
      out.printf("  %-24s %3d  %s%n", lower(type), type.code(), type.sectionPrefixes());
    }
    out.println("Map types (kernel id):");
    for (MapType type : MapType.values()) {
      if (type != MapType.UNSPEC) {
        out.printf(
            "  %-24s %3d  %s%n", lower(type), type.code(), Maps.isSupported(type) ? "yes" : "no");
      }
    }
    out.println("Helpers (kernel id, arguments, result, licence, who may call):");
    Helpers.all().forEach(row -> print(out, row));
    out.println("Kfuncs:");
    Kfuncs.all().forEach(row -> print(out, row));
    out.flush();
    return 0;
  }

  private static List<String> nativeTargets() {
    try {
      return NativePermissions.of(Linux.running()).lines();
    } catch (UnsupportedOperationException e) {
      return List.of(e.getMessage());
    }
  }

  private static void print(PrintWriter out, HelperProto row) {
    String arguments =
        row.args().stream()
            .filter(kind -> kind != ArgKind.DONTCARE)
            .map(FeatureCommand::lower)
            .collect(Collectors.joining(", "));
    Stream<String> families = row.families().stream().sorted().map(FeatureCommand::lower);
    out.printf(
        "  %-30s %4s  (%s) %s%s  %s%n",
        row.name(),
        row.id(),
        arguments,
        lower(row.returns()),
        row.gplOnly() ? "  GPL" : "",
        families.collect(Collectors.joining(" ")));
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
