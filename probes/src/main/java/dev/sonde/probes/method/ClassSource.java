package dev.sonde.probes.method;

import java.util.List;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/** What a class that is being loaded or retransformed says of itself. */
final class ClassSource {
  private final ClassReader reader;
  private final @Nullable ClassLoader loader;
  private final @Nullable Class<?> redefined;
  private final SuperTypes superTypes;
  private @Nullable String sourceFile;
  private boolean sourceRead;

  ClassSource(
      ClassReader reader,
      @Nullable ClassLoader loader,
      @Nullable Class<?> redefined,
      SuperTypes superTypes) {
    this.reader = reader;
    this.loader = loader;
    this.redefined = redefined;
    this.superTypes = superTypes;
  }

  /** Tells whether this is, extends or implements the type, at whatever distance. */
  boolean isSubtypeOf(String wantedInternalName) {
    if (redefined != null) {
      return isSubtype(redefined, wantedInternalName.replace('/', '.'));
    }
    if (reader.getClassName().equals(wantedInternalName)) {
      return true;
    }
    List<String> direct = SuperTypes.direct(reader);
    return superTypes.anyReaches(direct, wantedInternalName, loader);
  }

  /** Tells it of a class that is loaded. */
  static boolean isSubtype(@Nullable Class<?> type, String wanted) {
    if (type == null) {
      return false;
    }
    if (type.getName().equals(wanted) || isSubtype(type.getSuperclass(), wanted)) {
      return true;
    }
    for (Class<?> implemented : type.getInterfaces()) {
      if (isSubtype(implemented, wanted)) {
        return true;
      }
    }
    return false;
  }

  @Nullable String sourceFile() {
    if (!sourceRead) {
      sourceRead = true;
      reader.accept(
          new ClassVisitor(Opcodes.ASM9) {
            @Override
            public void visitSource(String file, String debug) {
              sourceFile = file;
            }
          },
          ClassReader.SKIP_CODE | ClassReader.SKIP_FRAMES);
    }
    return sourceFile;
  }
}
