package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.jar.asm.AnnotationVisitor;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/** Finds the methods of a class that hold places of some binding, before anything is rewritten. */
final class ClassScan extends ClassVisitor implements MethodScan.InnerSites {
  private final String className;
  private final List<Binding> bindings;
  private final List<Binding> ofCalls;
  private final List<Binding> ofAllocations;
  private final boolean ofEdgesOnly;
  private final Set<String> annotations = new HashSet<>();
  private final Map<String, MethodScan> scans = new HashMap<>();

  /**
   * @param mayBeEdges false: all that is known of the code is wanted
   */
  ClassScan(String className, List<Binding> bindings, boolean mayBeEdges) {
    super(Opcodes.ASM9);
    this.className = className;
    this.bindings = bindings;
    this.ofCalls = of(bindings, MethodTarget.Kind.CALL);
    this.ofAllocations = of(bindings, MethodTarget.Kind.ALLOC);
    this.ofEdgesOnly = mayBeEdges && bindings.stream().allMatch(EdgeWeaver::suffices);
  }

  /** Tells whether nothing is to be woven but what {@link EdgeWeaver} writes. */
  boolean ofEdgesOnly() {
    return ofEdgesOnly;
  }

  /** Returns what of a class need not be read, as flags of its reader. */
  int skippedParts() {
    int code = ofEdgesOnly ? ClassReader.SKIP_CODE | ClassReader.SKIP_FRAMES : 0;
    int lines = of(bindings, MethodTarget.Kind.LINE).isEmpty() ? ClassReader.SKIP_DEBUG : 0;
    return code | lines;
  }

  /** Most classes are asked for no call at all, in each of their thousands of insns. */
  private static List<Binding> of(List<Binding> bindings, MethodTarget.Kind kind) {
    return bindings.stream().filter(b -> b.target().kind() == kind).toList();
  }

  /** Returns the bindings that look for calls. */
  List<Binding> ofCalls() {
    return ofCalls;
  }

  /** Returns the bindings that look for allocations. */
  List<Binding> ofAllocations() {
    return ofAllocations;
  }

  boolean hasPlaces() {
    return !scans.isEmpty();
  }

  /** Returns what is known of a method to be rewritten, null of one that is not. */
  @Nullable MethodScan of(String name, String descriptor) {
    return scans.get(name + descriptor);
  }

  /**
   * Has a method be copied as it is, and says why to those that asked for a place in it.
   *
   * @return false if it is none that is rewritten
   */
  boolean leaveOut(String nameAndDescriptor, String reason) {
    MethodScan scan = scans.remove(nameAndDescriptor);
    if (scan == null) {
      return false;
    }
    for (Binding binding : bindings) {
      boolean inner = binding.matcher().isInner() && scan.holdsInner();
      if (inner || isPlace(binding, scan.method(), scan)) {
        binding.refuse(scan.method().toString(), reason);
      }
    }
    return true;
  }

  /** Tells whether a method as such, not what it holds, is a place of the binding. */
  boolean isPlace(Binding binding, WovenMethod method, MethodScan scan) {
    TargetMatcher matcher = binding.matcher();
    boolean line =
        matcher.target().kind() != MethodTarget.Kind.LINE || scan.hasLine(matcher.target().line());
    return !matcher.isInner() && line && matcher.matchesMethod(method, scan.annotations());
  }

  @Override
  public @Nullable AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
    annotations.add(descriptor);
    return null;
  }

  @Override
  public MethodVisitor visitMethod(
      int access, String name, String descriptor, String signature, String[] exceptions) {
    WovenMethod method = new WovenMethod(className, access, name, descriptor);
    return new MethodScan(method, annotations, this) {
      @Override
      void reference(Handle code) {
        refuseReference(method, code);
      }

      @Override
      public void visitEnd() {
        boolean place = bindings.stream().anyMatch(b -> isPlace(b, method, this));
        if ((access & (Opcodes.ACC_NATIVE | Opcodes.ACC_ABSTRACT)) != 0) {
          refuseCodeless(method, this);
        } else if (place || holdsInner()) {
          scans.put(name + descriptor, this);
        }
      }
    };
  }

  private void refuseCodeless(WovenMethod method, MethodScan scan) {
    for (Binding binding : bindings) {
      if (isPlace(binding, method, scan)) {
        refuseCodeless(binding, method);
      }
    }
  }

  /** Says that a method which a binding asks for has no code to weave into. */
  static void refuseCodeless(Binding binding, WovenMethod method) {
    boolean isNative = (method.access() & Opcodes.ACC_NATIVE) != 0;
    binding.refuse(method.toString(), isNative ? Unweavable.NATIVE : Unweavable.ABSTRACT);
  }

  /** What is called through {@code Foo::bar} is called by a class that the JVM makes up. */
  private void refuseReference(WovenMethod method, Handle code) {
    if (isBodyOfLambda(code.getName())) {
      return; // nobody thinks of it as a method that is called
    }
    for (Binding binding : ofCalls) {
      if (binding.matcher().matchesCall(code.getOwner(), code.getName(), code.getDesc())) {
        String name = code.getOwner().replace('/', '.') + "." + code.getName();
        binding.refuse(method + " refers to " + name, Unweavable.REFERENCE);
      }
    }
  }

  /** As javac names it, and scalac. */
  private static boolean isBodyOfLambda(String method) {
    return method.startsWith("lambda$") || method.contains("$anonfun$");
  }

  @Override
  public boolean isCall(String owner, String name, String descriptor) {
    for (Binding binding : ofCalls) {
      if (binding.matcher().matchesCall(owner, name, descriptor)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean isAllocation(String type) {
    for (Binding binding : ofAllocations) {
      if (binding.matcher().matchesAllocation(type)) {
        return true;
      }
    }
    return false;
  }
}
