package dev.sonde.jit.emit;

import dev.sonde.jit.plan.ProgramPlan;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.program.ProgramSpec;
import java.util.Arrays;
import java.util.List;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/** Writes a class: the methods of its programs, and {@code run}, which tells them apart. */
final class ClassEmitter {
  private static final String RUN = "(" + Descriptors.SLOT + "JI)J";
  private static final String PARENT = Type.getInternalName(Body.class);

  private final ClassWriter classFile = new ClassWriter(0);
  private final ClassVisitor writer;
  private final String name;
  private final SourceLines lines;
  private final ClassFields fields = new ClassFields();
  private final List<ProgramEmitter> programs;

  /**
   * What was written.
   *
   * @param name its internal name
   * @param fields what its static fields are to be filled with
   * @param contexts by program: what its main method takes
   */
  record Written(String name, byte[] bytes, ClassFields fields, List<ContextFields> contexts) {}

  /** Writes to {@code listing}, which passes it on, where there is one. */
  private ClassEmitter(List<ProgramPlan> plans, @Nullable Listing listing) {
    ProgramSpec first = plans.get(0).known().proof().program().spec();
    this.writer = listing == null ? classFile : listing;
    this.lines = new SourceLines(first);
    String simple = plans.size() == 1 ? plans.get(0).main().name() : lines.className();
    this.name = PARENT.substring(0, PARENT.lastIndexOf('/') + 1) + simple;
    this.programs =
        plans.stream().map(plan -> new ProgramEmitter(writer, name, plan, fields)).toList();
  }

  /** Writes one class for all of {@code plans}, whose methods have different names. */
  static Written write(List<ProgramPlan> plans) {
    return new ClassEmitter(plans, null).write();
  }

  /** Returns the class as text. */
  static String list(ProgramPlan plan) {
    Listing listing = new Listing(new ClassWriter(0), plan.known().proof().program().spec());
    new ClassEmitter(List.of(plan), listing).write();
    return listing.text();
  }

  private Written write() {
    int access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER;
    writer.visit(Opcodes.V17, access, name, null, PARENT, null);
    writer.visitSource(lines.file(), null);
    programs.forEach(ProgramEmitter::write);
    writeRun();
    fields.declare(writer);
    writer.visitEnd();
    return new Written(
        name,
        classFile.toByteArray(),
        fields,
        programs.stream().map(ProgramEmitter::context).toList());
  }

  /** {@code long run(CarrierSlot, long context, int index)}. */
  private void writeRun() {
    Code code = Code.of(writer, name, 0, "run", RUN);
    Object[] frame = {name, Type.getInternalName(CarrierSlot.class), Opcodes.LONG, Opcodes.INTEGER};
    Label[] labels = new Label[programs.size()];
    Arrays.setAll(labels, i -> new Label());
    if (labels.length > 1) {
      code.load(Opcodes.ILOAD, 4);
      code.tableSwitch(0, labels[0], labels);
    }
    int maxStack = 0;
    for (int i = 0; i < labels.length; i++) {
      if (labels.length > 1) {
        code.label(labels[i]);
        code.frame(frame);
      }
      programs.get(i).run(code);
      maxStack = Math.max(maxStack, programs.get(i).maxStack());
    }
    code.end(5, maxStack);
  }
}
