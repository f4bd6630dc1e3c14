package dev.sonde.vm.elf;

import dev.sonde.vm.btf.CoreTarget;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;

/** Reads mutated objects, in a JVM of its own whose heap is bounded. */
public final class ObjectFuzzer {
  private static final long MAX_NANOS = 1_000_000_000;

  private ObjectFuzzer() {}

  /** Arguments: how many mutants, the seed, then the objects to damage. */
  public static void main(String[] args) throws IOException {
    int count = Integer.parseInt(args[0]);
    long seed = Long.parseLong(args[1]);
    List<byte[]> objects = new ArrayList<>();
    for (int i = 2; i < args.length; i++) {
      objects.add(Files.readAllBytes(Path.of(args[i])));
    }
    CoreTarget target =
        new CoreTarget(
            Objects.requireNonNull(TestObjects.read("coretarget.clang22.v3.o").btf(), "BTF"));
    SplittableRandom seeds = new SplittableRandom(seed);
    int refused = 0;
    long slowest = 0;
    for (int i = 0; i < count; i++) {
      long mutantSeed = seeds.nextLong();
      SplittableRandom random = new SplittableRandom(mutantSeed);
      byte[] mutant = new ObjectMutator(random).mutate(objects.get(random.nextInt(objects.size())));
      long begin = cpuNanos();
      try {
        ObjectReader.read(
            "mutant.o", mutant, random.nextBoolean() ? () -> Optional.of(target) : Optional::empty);
      } catch (ObjectFormatException e) {
        refused += e.where().isEmpty() ? 0 : 1;
      } catch (Throwable e) {
        System.out.println("mutant " + mutantSeed + " of seed " + seed + ": " + e);
        e.printStackTrace(System.out);
        System.exit(1);
      }
      slowest = Math.max(slowest, cpuNanos() - begin);
      if (slowest > MAX_NANOS) {
        System.out.println("mutant " + mutantSeed + " of seed " + seed + ": " + slowest + " ns");
        System.exit(1);
      }
    }
    System.out.printf(
        "seed %d: %d mutants, %d refused, slowest %d us%n", seed, count, refused, slowest / 1000);
  }

  /** CPU time: a machine that is busy with something else is no hang of ours. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
