package dev.sonde.probes.method;

import dev.sonde.probes.MethodTarget.Kind;
import dev.sonde.probes.bridge.Trampoline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/**
 * Weaves calls at entries and returns that hand over nothing but their tag, by copying the class's
 * bytes around them: what there is to do where thousands of classes are counted. What it cannot do
 * is for {@link EdgeWeaver}, which writes the same insns.
 */
final class TagWeaver {
  private static final int MAX_CONSTANTS = 0xffff;

  /** A tag is pushed by four slots, and nothing is on top of it. */
  private static final int STACK = 4;

  private static final int LDC2_W = 20;
  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int CLASS = 7;
  private static final int METHOD = 10;
  private static final int NAME_AND_TYPE = 12;

  private final ClassReader in;
  private final byte[] bytes;
  private final List<Binding> bindings;
  private final BiFunction<Binding, WovenMethod, Site> sites;
  private final ClassLayout layout;
  private final ByteSink constants = new ByteSink(512);
  private final Map<String, Integer> calls = new HashMap<>(); // by trampoline
  private int constantCount;
  private final ByteSink out;
  private int copied; // of the bytes that came

  /**
   * @param bytes what {@code in} reads
   * @param sites returns the call of a binding in a method, and counts it
   */
  TagWeaver(
      ClassReader in,
      byte[] bytes,
      List<Binding> bindings,
      BiFunction<Binding, WovenMethod, Site> sites) {
    this.in = in;
    this.bytes = bytes;
    this.bindings = bindings;
    this.sites = sites;
    this.layout = new ClassLayout(in);
    this.constantCount = in.getItemCount();
    this.copied = in.header;
    this.out = new ByteSink(bytes.length + bytes.length / 4);
  }

  /** Tells whether nothing but tags is handed over at the places of a binding. */
  static boolean suffices(Binding binding) {
    return EdgeWeaver.suffices(binding)
        && binding.probe().inputs().arguments() == 0
        && !binding.matcher().wantsAnnotation();
  }

  /** Returns the woven class; null: one of its methods is not for this. */
  byte @Nullable [] weave() {
    int at = layout.methods();
    int methods = in.readUnsignedShort(at);
    at += 2;
    for (int i = 0; i < methods; i++) {
      if (!method(at)) {
        return null;
      }
      at = layout.afterAttributes(at + 6);
    }
    out.copy(bytes, copied, bytes.length - copied);
    return constantCount > MAX_CONSTANTS ? null : whole();
  }

  private byte[] whole() {
    ByteSink all = new ByteSink(in.header + constants.size() + out.size());
    all.copy(bytes, 0, 8);
    all.u2(constantCount);
    all.copy(bytes, 10, in.header - 10);
    all.copy(constants);
    all.copy(out);
    return all.toByteArray();
  }

  private boolean method(int at) {
    WovenMethod method =
        new WovenMethod(
            in.getClassName(), in.readUnsignedShort(at), layout.utf8(at + 2), layout.utf8(at + 4));
    List<Binding> here = new ArrayList<>(1);
    for (Binding binding : bindings) {
      if (binding.matcher().matchesMethod(method, Set.of())) {
        here.add(binding);
      }
    }
    if (here.isEmpty()) {
      return true;
    }
    if ((method.access() & (Opcodes.ACC_NATIVE | Opcodes.ACC_ABSTRACT)) != 0) {
      here.forEach(binding -> ClassScan.refuseCodeless(binding, method));
      return true;
    }
    int code = layout.codeOf(at + 6);
    return code >= 0 && rewrite(method, here, code);
  }

  private boolean rewrite(WovenMethod method, List<Binding> here, int code) {
    List<Site> all = new ArrayList<>(here.size());
    for (Binding binding : here) {
      Site site = sites.apply(binding, method);
      Shape shape = site.shape();
      if (!EdgeWeaver.suffices(site) || shape.arguments() != 0) {
        return false; // its program was replaced meanwhile
      }
      all.add(site);
    }
    out.copy(bytes, copied, code + 2 - copied);
    copied = code + 6 + in.readInt(code + 2);
    return new MovedCode(in, bytes, code + 6)
        .write(out, insns(all, Kind.ENTRY), insns(all, Kind.RETURN), STACK);
  }

  /** As {@link CallWriter} writes them. */
  private byte[] insns(List<Site> all, Kind kind) {
    ByteSink insns = new ByteSink(16);
    for (Site site : all) {
      if (site.kind() == kind) {
        insns.u1(Opcodes.SIPUSH);
        insns.u2((int) (site.tag() >>> 32));
        insns.u1(Opcodes.I2L);
        insns.u1(Opcodes.BIPUSH);
        insns.u1(32);
        insns.u1(Opcodes.LSHL);
        insns.u1(LDC2_W);
        insns.u2(number(site.tag() & 0xffff_ffffL));
        insns.u1(Opcodes.LOR);
        insns.u1(Opcodes.INVOKESTATIC);
        insns.u2(calls.computeIfAbsent(site.trampoline().internalName(), n -> call(site)));
      }
    }
    return insns.toByteArray();
  }

  // ---- constants --------------------------------------------------------------------------------

  private int number(long value) {
    constants.u1(LONG);
    constants.u4((int) (value >>> 32));
    constants.u4((int) value);
    constantCount += 2;
    return constantCount - 2;
  }

  private int call(Site site) {
    Trampoline trampoline = site.trampoline();
    int name = utf8(trampoline.internalName());
    int fire = utf8("fire");
    int descriptor = utf8(trampoline.descriptor());
    constants.u1(CLASS);
    constants.u2(name);
    constants.u1(NAME_AND_TYPE);
    constants.u2(fire);
    constants.u2(descriptor);
    constants.u1(METHOD);
    constants.u2(constantCount);
    constants.u2(constantCount + 1);
    constantCount += 3;
    return constantCount - 1;
  }

  private int utf8(String ascii) {
    constants.u1(UTF8);
    constants.u2(ascii.length());
    for (int i = 0; i < ascii.length(); i++) {
      constants.u1(ascii.charAt(i));
    }
    return constantCount++;
  }
}
