package dev.sonde.probes.method;

import dev.sonde.probes.stack.JavaFrames;
import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/**
 * Weaves all bindings that are in force into the classes that they match, as the JVM loads or
 * retransforms them. A class in which nothing is to be woven is left alone, which is also how a
 * retransformation undoes the weaving.
 */
final class Weaver implements ClassFileTransformer {
  private final JavaFrames frames;
  private volatile List<Binding> bindings = List.of();

  Weaver(JavaFrames frames) {
    this.frames = frames;
  }

  synchronized void add(List<Binding> added) {
    List<Binding> all = new ArrayList<>(bindings);
    all.addAll(added);
    all.sort(Comparator.comparingInt(binding -> binding.target().order()));
    bindings = List.copyOf(all);
  }

  synchronized void remove(List<Binding> removed) {
    List<Binding> all = new ArrayList<>(bindings);
    all.removeAll(removed);
    bindings = List.copyOf(all);
  }

  boolean isIdle() {
    return bindings.isEmpty();
  }

  /** Returns what tells a class from its namesakes in other loaders. */
  static String key(String internalName, @Nullable ClassLoader loader) {
    return loader == null ? internalName : internalName + "@" + System.identityHashCode(loader);
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String internalName,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    List<Binding> matching = internalName == null ? List.of() : matching(internalName, loader);
    if (matching.isEmpty()) {
      return null;
    }
    try {
      return weave(matching, key(internalName, loader), bytes);
    } catch (
        Throwable refusal) { // too large, of a later class file version: the class stays as it is
      matching.forEach(b -> b.refuse(internalName.replace('/', '.'), refusal.toString()));
      return null;
    }
  }

  private List<Binding> matching(String internalName, @Nullable ClassLoader loader) {
    List<Binding> matching = new ArrayList<>(0);
    for (Binding binding : bindings) {
      if (binding.matchesClass(internalName)) {
        matching.add(binding);
      }
    }
    String reason = matching.isEmpty() ? null : Unweavable.reason(internalName, loader);
    if (reason == null) {
      return matching;
    }
    matching.forEach(b -> b.refuse(internalName.replace('/', '.'), reason));
    return List.of();
  }

  private byte @Nullable [] weave(List<Binding> matching, String classKey, byte[] bytes) {
    ClassReader reader = new ClassReader(bytes);
    Map<String, MethodScan> scans = scan(reader, matching);
    ClassWriter writer = new ClassWriter(reader, 0);
    Rewriter rewriter = new Rewriter(writer, reader, matching, scans);
    if (!scans.isEmpty()) {
      reader.accept(rewriter, ClassReader.EXPAND_FRAMES);
    }
    for (Binding binding : matching) {
      binding.woven(classKey, rewriter.sites.getOrDefault(binding, 0));
    }
    return rewriter.sites.isEmpty() ? null : writer.toByteArray();
  }

  /** Returns the scans of the methods that some binding matches and that have code. */
  private static Map<String, MethodScan> scan(ClassReader reader, List<Binding> matching) {
    Map<String, MethodScan> scans = new HashMap<>();
    ClassVisitor visitor =
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public @Nullable MethodVisitor visitMethod(
              int access, String name, String descriptor, String signature, String[] exceptions) {
            WovenMethod method = new WovenMethod(reader.getClassName(), access, name, descriptor);
            if (matching.stream().noneMatch(binding -> binding.matchesMethod(method))) {
              return null;
            }
            if ((access & (Opcodes.ACC_NATIVE | Opcodes.ACC_ABSTRACT)) != 0) {
              refuseCodeless(method, matching);
              return null;
            }
            MethodScan scan = new MethodScan();
            scans.put(name + descriptor, scan);
            return scan;
          }
        };
    reader.accept(visitor, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
    return scans;
  }

  private static void refuseCodeless(WovenMethod method, List<Binding> matching) {
    String reason = (method.access() & Opcodes.ACC_NATIVE) != 0 ? "it is native" : "it is abstract";
    for (Binding binding : matching) {
      if (binding.matchesMethod(method)) {
        binding.refuse(method.toString(), reason);
      }
    }
  }

  /** Copies a class, weaving into the methods that were scanned. */
  private final class Rewriter extends ClassVisitor {
    private final String className;
    private final boolean framed;
    private final List<Binding> matching;
    private final Map<String, MethodScan> scans;
    private final Map<Binding, Integer> sites = new HashMap<>();

    Rewriter(
        ClassVisitor next,
        ClassReader reader,
        List<Binding> matching,
        Map<String, MethodScan> scans) {
      super(Opcodes.ASM9, next);
      this.className = reader.getClassName();
      this.framed = reader.readShort(6) >= Opcodes.V1_6;
      this.matching = matching;
      this.scans = scans;
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
      MethodScan scan = scans.get(name + descriptor);
      if (scan == null) {
        return next; // ASM copies it as it is
      }
      WovenMethod method = new WovenMethod(className, access, name, descriptor);
      return new MethodWeaver(next, method, sites(method), scan, framed);
    }

    private List<Site> sites(WovenMethod method) {
      List<Site> found = new ArrayList<>();
      for (Binding binding : matching) {
        if (binding.matchesMethod(method)) {
          found.add(binding.site(method, number(method)));
          sites.merge(binding, 1, Integer::sum);
        }
      }
      return found;
    }

    private int number(WovenMethod method) {
      String name = Parameters.describe(method.name(), method.descriptor());
      long id = frames.idOfMethod(className.replace('/', '.'), name);
      return (int) id & Shape.MAX_ID;
    }
  }
}
