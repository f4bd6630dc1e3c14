package dev.sonde.probes.method;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Set;
import net.bytebuddy.jar.asm.ClassReader;
import org.jspecify.annotations.Nullable;

/**
 * Methods that HotSpot interprets for ever, however hot they are, because their code is longer than
 * its HugeMethodLimit; unless it was started with {@code -XX:-DontCompileHugeMethods}. None that is
 * compiled is to become one by what is woven.
 */
final class HugeMethods {
  static final int LIMIT_BYTES = 8000;

  /** Null until a method outgrows the limit: what answers is not there at a JVM's start. */
  private volatile @Nullable Boolean areInterpreted;

  /**
   * Returns the methods, by name and descriptor, whose code has outgrown the limit in {@code woven}
   * and had not before.
   */
  Set<String> outgrown(ClassReader before, byte[] woven) {
    if (woven.length <= LIMIT_BYTES) {
      return Set.of();
    }
    Set<String> huge = in(new ClassReader(woven));
    if (!huge.isEmpty()) {
      huge.removeAll(in(before));
    }
    return huge.isEmpty() || !areInterpreted() ? Set.of() : huge;
  }

  private static Set<String> in(ClassReader reader) {
    Set<String> huge = new HashSet<>();
    ClassLayout layout = new ClassLayout(reader);
    int at = layout.methods();
    int methods = reader.readUnsignedShort(at);
    at += 2;
    for (int i = 0; i < methods; i++) {
      int code = layout.codeOf(at + 6);
      if (code >= 0 && reader.readInt(code + 10) > LIMIT_BYTES) {
        huge.add(layout.utf8(at + 2) + layout.utf8(at + 4));
      }
      at = layout.afterAttributes(at + 6);
    }
    return huge;
  }

  /** Without a lock: what asks may be about to load what answers. */
  private boolean areInterpreted() {
    Boolean known = areInterpreted;
    if (known == null) {
      known = ask();
      areInterpreted = known;
    }
    return known;
  }

  private static boolean ask() {
    try {
      return Boolean.parseBoolean(
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
              .getVMOption("DontCompileHugeMethods")
              .getValue());
    } catch (RuntimeException | LinkageError otherVm) {
      return false; // it has no such limit, or nobody to ask
    }
  }
}
