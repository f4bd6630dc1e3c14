package dev.sonde.agent;

import com.sun.tools.attach.VirtualMachine;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/** What of Sonde's stands in the code of a running JVM: as an agent beside it sees it. */
final class WovenCode {
  private WovenCode() {}

  /** Returns which methods of the test application's Shop call Sonde now. */
  static List<String> callersOfSonde(ChildJvm child, Path folder) throws Exception {
    Path code = Files.createTempFile(folder, "Shop", ".class");
    VirtualMachine vm = VirtualMachine.attach(Long.toString(child.pid()));
    try {
      vm.loadAgent(spyJar(folder).toString(), code.toString());
    } finally {
      vm.detach();
    }
    return callersOfSonde(Files.readAllBytes(code));
  }

  /** A jar that holds a manifest only: the class comes from the application's class path. */
  private static Path spyJar(Path folder) throws Exception {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Agent-Class", WovenSpy.class.getName());
    main.putValue("Can-Retransform-Classes", "true");
    Path jar = Files.createTempFile(folder, "spy", ".jar");
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return jar;
  }

  private static List<String> callersOfSonde(byte[] bytes) {
    List<String> callers = new ArrayList<>();
    new ClassReader(bytes)
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String method, String descriptor, String sig, String[] exceptions) {
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitMethodInsn(
                      int op, String owner, String name, String desc, boolean itf) {
                    if (owner.startsWith("java/lang/Sonde")) {
                      callers.add(method);
                    }
                  }
                };
              }
            },
            0);
    return callers.stream().distinct().toList();
  }
}
