package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.bridge.RequestContexts;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.CarrierSlots;
import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodTooLargeException;
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
  private final RequestContexts requests;
  private final SuperTypes superTypes = new SuperTypes();
  private final HugeMethods huge = new HugeMethods();
  private volatile List<Binding> bindings = List.of();
  private volatile @Nullable Class<?> asked;

  Weaver(JavaFrames frames, RequestContexts requests) {
    this.frames = frames;
    this.requests = requests;
  }

  synchronized void add(List<Binding> added) {
    List<Binding> all = new ArrayList<>(bindings);
    all.addAll(added);
    all.sort((a, b) -> Integer.compare(a.target().order(), b.target().order()));
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

  /** Returns the loaded class that the JVM has last asked about, once; null when there is none. */
  @Nullable Class<?> takeAsked() {
    Class<?> last = asked;
    asked = null;
    return last;
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String internalName,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    return CarrierSlots.inOwnWork( // who loads a class has not asked for this
        () -> {
          String name = internalName == null ? nameOf(bytes) : internalName;
          return name == null ? null : woven(loader, name, redefined, bytes);
        });
  }

  /** The JVM does not know a name where a loader defines bytes without saying one. */
  private static @Nullable String nameOf(byte[] bytes) {
    try {
      return new ClassReader(bytes).getClassName();
    } catch (RuntimeException notReadable) {
      return null; // of a later class file version, or nothing that the JVM will take
    }
  }

  private byte @Nullable [] woven(
      @Nullable ClassLoader loader,
      String internalName,
      @Nullable Class<?> redefined,
      byte[] bytes) {
    if (redefined != null) {
      asked = redefined;
    }
    List<Binding> matching = matching(internalName, loader);
    if (redefined == null) {
      requests.loading(internalName);
    }
    if (matching.isEmpty()) {
      return null;
    }
    try {
      ClassReader reader = new ClassReader(bytes);
      ClassSource source = new ClassSource(reader, loader, redefined, superTypes);
      matching.removeIf(binding -> !binding.matcher().holds(source));
      return matching.isEmpty() ? null : weave(matching, key(internalName, loader), reader, bytes);
    } catch (Throwable refusal) { // too large, of a later class file version: it runs on unwoven
      matching.forEach(b -> b.refuse(internalName.replace('/', '.'), refusal.toString()));
      return null;
    }
  }

  /** Does all that weaving does for a class that is not loaded by anybody. */
  void rehearse(Binding binding, byte[] specimen) {
    ClassReader reader = new ClassReader(specimen);
    weave(List.of(binding), key(reader.getClassName(), null), reader, specimen);
  }

  private List<Binding> matching(String internalName, @Nullable ClassLoader loader) {
    List<Binding> matching = new ArrayList<>(0);
    for (Binding binding : bindings) {
      if (binding.matcher().mayHold(internalName, loader)) {
        matching.add(binding);
      }
    }
    String reason = matching.isEmpty() ? null : Unweavable.reason(internalName, loader);
    if (reason == null) {
      return matching;
    }
    for (Binding binding : matching) {
      boolean named =
          !reason.equals(Unweavable.OWN) || !binding.target().classGlob().startsWith("*");
      if (named && binding.matcher().asksForClasses()) {
        binding.refuse(internalName.replace('/', '.'), reason);
      }
    }
    return List.of();
  }

  byte @Nullable [] weave(
      List<Binding> matching, String classKey, ClassReader reader, byte[] bytes) {
    Map<Binding, Integer> sites = new HashMap<>();
    boolean tagsOnly = matching.stream().allMatch(TagWeaver::suffices);
    byte[] woven =
        tagsOnly
            ? new TagWeaver(reader, bytes, matching, (b, method) -> site(sites, b, method)).weave()
            : null;
    return woven == null || !huge.outgrown(reader, woven).isEmpty()
        ? weave(matching, classKey, reader, true)
        : noted(matching, classKey, sites, woven);
  }

  private static byte @Nullable [] noted(
      List<Binding> matching,
      String classKey,
      Map<Binding, Integer> sites,
      byte @Nullable [] woven) {
    for (Binding binding : matching) {
      binding.woven(classKey, sites.getOrDefault(binding, 0));
    }
    return sites.isEmpty() ? null : woven;
  }

  private Site site(Map<Binding, Integer> sites, Binding binding, WovenMethod method) {
    sites.merge(binding, 1, Integer::sum);
    String name = Parameters.describe(method.name(), method.descriptor());
    long id = frames.idOfMethod(method.owner().replace('/', '.'), name);
    return binding.site(method, (int) id & Shape.MAX_ID);
  }

  private byte @Nullable [] weave(
      List<Binding> matching, String classKey, ClassReader reader, boolean mayBeEdges) {
    ClassScan scan = new ClassScan(reader.getClassName(), matching, mayBeEdges);
    reader.accept(scan, scan.skippedParts());
    Rewriter rewriter;
    byte[] woven = null;
    do {
      ClassWriter writer = new ClassWriter(reader, 0);
      rewriter = new Rewriter(writer, reader, matching, scan);
      if (scan.hasPlaces()) {
        reader.accept(rewriter, scan.ofEdgesOnly() ? 0 : ClassReader.EXPAND_FRAMES);
      }
      if (rewriter.outgrown) {
        return weave(matching, classKey, reader, false);
      }
      if (!rewriter.sites.isEmpty()) {
        woven = written(reader, writer, scan);
      }
    } while (woven == null && !rewriter.sites.isEmpty());
    return noted(matching, classKey, rewriter.sites, woven);
  }

  /** Returns null when a method has no room for what is to be woven: now it is left out. */
  private byte @Nullable [] written(ClassReader reader, ClassWriter writer, ClassScan scan) {
    try {
      byte[] woven = writer.toByteArray();
      boolean whole = true;
      for (String method : huge.outgrown(reader, woven)) {
        whole &= !scan.leaveOut(method, Unweavable.HUGE);
      }
      return whole ? woven : null;
    } catch (MethodTooLargeException e) {
      String reason = Unweavable.large(e.getCodeSize());
      if (!scan.leaveOut(e.getMethodName() + e.getDescriptor(), reason)) {
        throw e;
      }
      return null;
    }
  }

  /** Copies a class, weaving into the methods that were scanned. */
  private final class Rewriter extends ClassVisitor implements MethodWeaver.InnerSites {
    private final String className;
    private final boolean framed;
    private final List<Binding> matching;
    private final ClassScan scan;
    private final Map<Binding, Integer> sites = new HashMap<>();
    private List<Site> lineSites = List.of(); // of the method that is being rewritten
    private boolean outgrown; // a program was replaced by one that wants more, since the scan

    Rewriter(ClassVisitor next, ClassReader reader, List<Binding> matching, ClassScan scan) {
      super(Opcodes.ASM9, next);
      this.className = reader.getClassName();
      this.framed = reader.readShort(6) >= Opcodes.V1_6;
      this.matching = matching;
      this.scan = scan;
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
      MethodScan found = scan.of(name, descriptor);
      if (found == null) {
        return next; // ASM copies it as it is
      }
      WovenMethod method = new WovenMethod(className, access, name, descriptor);
      List<Site> ofMethod = new ArrayList<>();
      for (Binding binding : matching) {
        if (scan.isPlace(binding, method, found)) {
          ofMethod.add(site(binding, method));
        }
      }
      if (scan.ofEdgesOnly()) {
        outgrown |= !ofMethod.stream().allMatch(EdgeWeaver::suffices);
        return outgrown ? next : new EdgeWeaver(next, method, ofMethod);
      }
      lineSites = ofMethod.stream().filter(s -> s.kind() == MethodTarget.Kind.LINE).toList();
      return new MethodWeaver(next, method, ofMethod, this, found, framed);
    }

    @Override
    public List<Site> calls(WovenMethod callee) {
      if (scan.ofCalls().isEmpty()) {
        return List.of();
      }
      List<Site> calls = new ArrayList<>(0);
      for (Binding binding : scan.ofCalls()) {
        if (binding.matcher().matchesCall(callee.owner(), callee.name(), callee.descriptor())) {
          calls.add(site(binding, callee));
        }
      }
      return calls;
    }

    @Override
    public List<Site> allocations(String type) {
      if (scan.ofAllocations().isEmpty()) {
        return List.of();
      }
      List<Site> allocations = new ArrayList<>(0);
      for (Binding binding : scan.ofAllocations()) {
        if (binding.matcher().matchesAllocation(type)) {
          int access = Opcodes.ACC_STATIC; // nothing of the constructor's arguments is shown
          allocations.add(site(binding, new WovenMethod(type, access, "<new>", "()V")));
        }
      }
      return allocations;
    }

    @Override
    public List<Site> lines(int line) {
      return lineSites.isEmpty()
          ? lineSites
          : lineSites.stream().filter(site -> site.target().line() == line).toList();
    }

    private Site site(Binding binding, WovenMethod method) {
      return Weaver.this.site(sites, binding, method);
    }
  }
}
