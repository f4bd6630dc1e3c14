package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.sonde.probes.Link;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.MethodContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.junit.jupiter.api.Test;
import sample.Ledger;
import sample.Shop;

/** Which lines a line probe means, and what it sees there. */
@SuppressWarnings("try") // a link that is only closed
class LinesTest {
  private static final MethodFilter IN_SAMPLE = new MethodFilter("sample.*", null, null, null);

  private final List<Object> seen = new ArrayList<>();
  private final AtomicLong runs = new AtomicLong();

  private long see(CarrierSlot slot, long[] fields) {
    for (long field : fields) {
      Object reference = slot.handles().get(field);
      seen.add(reference == null ? (Object) field : reference);
    }
    return 0;
  }

  private static int arg(int index) {
    return MethodContext.argumentOffset(index);
  }

  private static String line(int number) {
    return "line/sample/Ledger.java:" + number;
  }

  @Test
  void aLineOfANestedClassIsOfItsFile() {
    Ledger.Account account = new Ledger.Account(2, 3);
    try (Link link = Probes.attach(line(Ledger.CLOSED), Probes.counting(runs))) {
      account.close();
      assertEquals(1, runs.get());
      assertEquals(1, link.status().get(0).matches());
    }
  }

  @Test
  void aLineThatOnlyReturnsComesBeforeTheReturn() {
    List<String> order = new ArrayList<>();
    Ledger.Account account = new Ledger.Account(2, 3);
    JavaProgram atReturn = JavaProgram.scalar((s, f) -> order.add("return") ? 0 : 1, new int[0]);
    JavaProgram atLine = JavaProgram.scalar((s, f) -> order.add("line") ? 0 : 1, new int[0]);
    try (Link ret = Probes.attach("methodret/sample.Ledger$Account.close", atReturn);
        Link link = Probes.attach(line(Ledger.CLOSED), atLine)) {
      account.close();
    }
    assertEquals(List.of("line", "return"), order);
  }

  @Test
  void aLineBeforeTheSuperCallHasNoReceiverAndOneBehindItHas() {
    JavaProgram program = JavaProgram.scalar(this::see, arg(1), arg(0));
    try (Link before = Probes.attach(line(Ledger.SUPER), program);
        Link behind = Probes.attach(line(Ledger.CONSTRUCTED), program)) {
      Ledger.Account account = new Ledger.Account(7, 3);
      assertEquals(List.of(), before.status().get(0).refused());
      assertEquals(4, seen.size(), seen.toString());
      assertEquals(List.of(7L, 0L, 7L), seen.subList(0, 3));
      assertSame(account, seen.get(3));
    }
  }

  @Test
  void aLineSeesArgumentsAsTheyWereAtEntry() {
    Ledger.Account account = new Ledger.Account(2, 3);
    JavaProgram program = JavaProgram.scalar(this::see, arg(1));
    try (Link link = Probes.attach(line(Ledger.ADDED), program)) {
      assertEquals(16, account.add(10));
      assertEquals(List.of(10L), seen);
    }
  }

  @Test
  void aLineOfAnotherFileOrFolderIsAnother() {
    String[] others = {"line/Nowhere.java:" + Shop.LOOP, "line/other/Shop.java:" + Shop.LOOP};
    new Shop().lines(1);
    try (Link file =
            Probes.attach(MethodTarget.parse(others[0]).withFilter(IN_SAMPLE), Probes.nothing());
        Link folder = Probes.attach(others[1], Probes.nothing())) {
      assertEquals(0, file.status().get(0).matches());
      assertEquals(0, folder.status().get(0).matches());
    }
  }

  /** Kotlin's functions of Orders.kt are methods of a class OrdersKt. */
  @Test
  void aKotlinFilesFunctionsAreOfItsClass() throws Exception {
    Class<?> orders = new Defining().define("sample.OrdersKt", kotlin());
    orders.getMethod("first").invoke(null);
    try (Link link = Probes.attach("line/Orders.kt:7", Probes.counting(runs))) {
      assertEquals(1, link.status().get(0).matches());
      orders.getMethod("first").invoke(null);
      assertEquals(1, runs.get());
    }
  }

  private static byte[] kotlin() {
    ClassWriter writer = new ClassWriter(0);
    int access = Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC;
    writer.visit(
        Opcodes.V17, Opcodes.ACC_PUBLIC, "sample/OrdersKt", null, "java/lang/Object", null);
    writer.visitSource("Orders.kt", null);
    MethodVisitor mv = writer.visitMethod(access, "first", "()V", null, null);
    mv.visitCode();
    Label start = new Label();
    mv.visitLabel(start);
    mv.visitLineNumber(7, start);
    mv.visitInsn(Opcodes.RETURN);
    mv.visitMaxs(0, 0);
    mv.visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }

  /**
   * No compiler of Java overwrites the receiver, others may: a constructor that has is asked for
   * nothing.
   */
  @Test
  void aConstructorThatOverwritesItsReceiverShowsNone() throws Exception {
    Class<?> forgetful = new Defining().define("sample.Forgetful", forgetful());
    JavaProgram program = JavaProgram.scalar(this::see, arg(0));
    try (Link ret = Probes.attach("methodret/sample.Forgetful.<init>(int)", program);
        Link thrown = Probes.attach("methodexc/sample.Forgetful.<init>(int)", program)) {
      forgetful.getConstructor(int.class).newInstance(1);
      assertEquals(List.of(), ret.status().get(0).refused());
      assertEquals(List.of(), thrown.status().get(0).refused());
    }
    assertEquals(List.of(0L), seen);
  }

  private static byte[] forgetful() {
    ClassWriter writer = new ClassWriter(0);
    writer.visit(
        Opcodes.V17, Opcodes.ACC_PUBLIC, "sample/Forgetful", null, "java/lang/Object", null);
    MethodVisitor mv = writer.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "(I)V", null, null);
    mv.visitCode();
    mv.visitVarInsn(Opcodes.ALOAD, 0);
    mv.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
    mv.visitLdcInsn("another");
    mv.visitVarInsn(Opcodes.ASTORE, 0);
    mv.visitInsn(Opcodes.RETURN);
    mv.visitMaxs(1, 2);
    mv.visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }

  /** A loader of one class. */
  private static final class Defining extends ClassLoader {
    Class<?> define(String name, byte[] bytes) {
      return defineClass(name, bytes, 0, bytes.length);
    }
  }
}
