package dev.sonde.exporters;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Profiles to write formats from. */
public final class SampleProfiles {
  private SampleProfiles() {}

  public static Frame java(String function, int line) {
    String type = function.substring(0, function.lastIndexOf('.'));
    return new Frame(
        Frame.Kind.JAVA, function, type.substring(type.lastIndexOf('.') + 1) + ".java", line);
  }

  public static Profile of(Profile.Sample... samples) {
    return new Profile("test", "samples", "count", List.of(samples), 1_000_000_000L, 5_000_000L);
  }

  public static Profile.Sample sample(long value, Frame... leafFirst) {
    return new Profile.Sample(List.of(leafFirst), value, Map.of());
  }

  /** Returns {@code count} stacks as services have them: few roots, many leaves. */
  public static Profile random(long seed, int count, int maxDepth) {
    Random random = new Random(seed);
    String[] packages = {
      "org.shop.orders", "org.h2.command", "java.util", "jdk.internal.misc", "com.acme.web"
    };
    List<Profile.Sample> samples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Frame> rootFirst = new ArrayList<>();
      int depth = 5 + random.nextInt(maxDepth - 5);
      for (int d = 0; d < depth; d++) {
        int choices = d < 4 ? 2 : 3 + d / 4;
        int pick = random.nextInt(choices);
        String name = packages[(d + pick) % packages.length] + ".Type" + d + ".method" + pick;
        rootFirst.add(
            d == depth - 1 && pick == 0
                ? new Frame(Frame.Kind.KERNEL, "do_syscall_" + pick, "[kernel]", 0)
                : d == depth - 2 && pick == 1
                    ? new Frame(Frame.Kind.NATIVE, "JVM_Thing" + d, "libjvm.so", 0)
                    : java(name, 10 + pick));
      }
      Collections.reverse(rootFirst);
      samples.add(new Profile.Sample(rootFirst, 1 + random.nextInt(200), Map.of()));
    }
    return new Profile("SQL statements by Java stack", "statements", "count", samples, 0, 0);
  }
}
