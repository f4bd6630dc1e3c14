package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget;
import java.util.Set;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/** A target's patterns, compiled: which classes may hold its places, and which places are its. */
final class TargetMatcher {
  private final MethodTarget target;
  private final Glob classGlob;
  private final Glob methodGlob;
  private final @Nullable Glob within;
  private final @Nullable Glob loader;
  private final @Nullable Parameters parameters;
  private final @Nullable String annotation; // as a descriptor

  TargetMatcher(MethodTarget target) {
    this.target = target;
    this.classGlob = new Glob(target.classGlob());
    this.methodGlob = new Glob(target.methodGlob());
    this.within = globOf(target.filter().within());
    this.loader = globOf(target.filter().loader());
    this.parameters = target.parameters() == null ? null : new Parameters(target.parameters());
    String name = target.filter().annotation();
    this.annotation = name == null ? null : "L" + name.replace('.', '/') + ";";
  }

  private static @Nullable Glob globOf(@Nullable String pattern) {
    return pattern == null ? null : new Glob(pattern);
  }

  MethodTarget target() {
    return target;
  }

  /**
   * Tells whether a class may hold places, from its name and its loader alone.
   *
   * @param name with slashes or dots between packages
   */
  boolean mayHold(String name, @Nullable ClassLoader classLoader) {
    if (within != null && !within.matches(name, '/', '.')) {
      return false;
    }
    boolean named =
        switch (target.kind()) {
          case ENTRY, RETURN, EXCEPTION -> classGlob.matches(name, '/', '.');
          case CALL, ALLOC -> within != null || isOfApplication(classLoader);
          case LINE -> within != null || isOfFile(name.replace('.', '/'));
        };
    return named && (loader == null || isOfLoader(loader, classLoader));
  }

  /** As {@link #mayHold(String, ClassLoader)}, of a loaded class, whose supertypes are known. */
  boolean mayHold(Class<?> type) {
    String subtypeOf = target.filter().subtypeOf();
    return mayHold(type.getName(), type.getClassLoader())
        && (subtypeOf == null || ClassSource.isSubtype(type, subtypeOf));
  }

  /**
   * Tells whether a hidden class, which no glob of packages can mean, is one of those that are
   * asked for.
   */
  boolean names(Class<?> type) {
    return asksForClasses()
        && classGlob.matches(type.getName())
        && (within == null || within.matches(type.getName()))
        && (loader == null || isOfLoader(loader, type.getClassLoader()));
  }

  /**
   * Tells whether a class that cannot be woven is to be named if {@link #mayHold} lets it pass. Not
   * where only some of all classes are asked for, by what would have to be read in them.
   */
  boolean asksForClasses() {
    boolean anyClass = target.classGlob().startsWith("*");
    boolean all = target.methodGlob().equals("*") && parameters == null;
    return !isInner()
        && target.kind() != MethodTarget.Kind.LINE
        && target.filter().annotation() == null
        && target.filter().subtypeOf() == null
        && (!anyClass || all);
  }

  /**
   * Tells whether the class, which {@link #mayHold} let pass, is of the kind that was asked for.
   */
  boolean holds(ClassSource type) {
    String subtypeOf = target.filter().subtypeOf();
    boolean inherits = subtypeOf == null || type.isSubtypeOf(subtypeOf.replace('.', '/'));
    return inherits && (target.kind() != MethodTarget.Kind.LINE || isOfSource(type.sourceFile()));
  }

  /** Tells whether the places are inside of methods, wherever those come from. */
  boolean isInner() {
    return target.kind() == MethodTarget.Kind.CALL || target.kind() == MethodTarget.Kind.ALLOC;
  }

  /**
   * Tells whether a method is one whose entry, exits or lines are asked for. Bridge methods are
   * not: the method that they call is.
   */
  boolean matchesMethod(WovenMethod method, Set<String> annotations) {
    return (method.access() & Opcodes.ACC_BRIDGE) == 0
        && matchesName(method.name(), method.descriptor())
        && (annotation == null || annotations.contains(annotation));
  }

  /** Tells whether only annotated methods, or those of annotated classes, are asked for. */
  boolean wantsAnnotation() {
    return annotation != null;
  }

  boolean matchesCall(String owner, String name, String descriptor) {
    return target.kind() == MethodTarget.Kind.CALL
        && classGlob.matches(owner, '/', '.')
        && matchesName(name, descriptor);
  }

  /**
   * @param className as source spells it: {@code int[]} for an array
   */
  boolean matchesAllocation(String className) {
    return target.kind() == MethodTarget.Kind.ALLOC && classGlob.matches(className);
  }

  private boolean matchesName(String name, String descriptor) {
    return methodGlob.matches(name) && (parameters == null || parameters.matches(descriptor));
  }

  private static boolean isOfApplication(@Nullable ClassLoader classLoader) {
    return classLoader != null && classLoader != ClassLoader.getPlatformClassLoader();
  }

  private static boolean isOfLoader(Glob loader, @Nullable ClassLoader classLoader) {
    if (classLoader == null) {
      return loader.matches("boot");
    }
    String name = classLoader.getName();
    return loader.matches(classLoader.getClass().getName()) || name != null && loader.matches(name);
  }

  /** A class of {@code Foo.java} is named Foo, Foo$Bar or FooKt, mostly; others need a within. */
  private boolean isOfFile(String internalName) {
    String path = target.classGlob();
    String file = path.substring(path.lastIndexOf('/') + 1);
    int dot = file.lastIndexOf('.');
    String base = dot < 0 ? file : file.substring(0, dot);
    int slash = internalName.lastIndexOf('/');
    String folder = path.substring(0, path.length() - file.length());
    if (!internalName.substring(0, slash + 1).endsWith(folder)) {
      return false;
    }
    String simple = internalName.substring(slash + 1);
    int dollar = simple.indexOf('$', 1);
    String outer = dollar < 0 ? simple : simple.substring(0, dollar);
    return new Glob(base).matches(outer) || outer.equals(base + "Kt");
  }

  private boolean isOfSource(@Nullable String sourceFile) {
    String path = target.classGlob();
    return sourceFile != null
        && new Glob(path.substring(path.lastIndexOf('/') + 1)).matches(sourceFile);
  }
}
