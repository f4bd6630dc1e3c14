package dev.sonde.vm.helper;

import static dev.sonde.vm.helper.ArgKind.CONST_MAP_PTR;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.map.BpfMap;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The method that does a helper's work, looked for when it is first asked for: of two hundred
 * helpers a program calls a few, and a class takes its time to list its methods. Where an argument
 * is a handle, a second method of that name takes the object.
 */
public final class HelperBody {
  private final String room;
  private final String helper;
  private final List<ArgKind> args;
  private volatile @Nullable Method method;
  private volatile @Nullable Method referenceMethod;

  /**
   * @param room the name of the class whose public static method it is
   * @param helper the kernel's name; the method's is that in camel case, without {@code bpf_}
   * @param args what the helper takes
   */
  public HelperBody(String room, String helper, List<ArgKind> args) {
    this.room = room;
    this.helper = helper;
    this.args = args;
  }

  /**
   * Returns the method that takes handles.
   *
   * @throws IllegalStateException if there is none, or it takes something else
   */
  Method method() {
    Method known = method;
    if (known == null) {
      known = find(long.class);
      method = known;
    }
    return known;
  }

  /** Returns the method that takes objects for handles, null where no argument is one. */
  @Nullable Method referenceMethod() {
    Method known = referenceMethod;
    if (known == null && args.contains(ArgKind.HANDLE)) {
      known = find(Object.class);
      referenceMethod = known;
    }
    return known;
  }

  private Method find(Class<?> handle) {
    String name = camelCase(helper);
    List<Method> others = new ArrayList<>();
    for (Method candidate : roomClass().getDeclaredMethods()) {
      if (candidate.getName().equals(name)) {
        if (Arrays.asList(candidate.getParameterTypes()).equals(parametersOf(candidate, handle))) {
          return candidate;
        }
        others.add(candidate);
      }
    }
    throw new IllegalStateException(
        "%s: no such method of %s in %s, got %s".formatted(name, args, room, others));
  }

  private Class<?> roomClass() {
    try {
      return Class.forName(room, false, HelperBody.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("%s: no such class as %s".formatted(helper, room), e);
    }
  }

  /** Returns what the body must take: the slot if it wants it, then one for each argument. */
  private List<Class<?>> parametersOf(Method body, Class<?> handle) {
    List<Class<?>> wanted = new ArrayList<>();
    if (body.getParameterCount() > 0 && body.getParameterTypes()[0] == CarrierSlot.class) {
      wanted.add(CarrierSlot.class);
    }
    for (ArgKind kind : args) {
      Class<?> other = kind == ArgKind.HANDLE ? handle : long.class;
      wanted.add(kind == CONST_MAP_PTR ? BpfMap.class : other);
    }
    return wanted;
  }

  private static String camelCase(String kernelName) {
    String bare = kernelName.startsWith("bpf_") ? kernelName.substring(4) : kernelName;
    StringBuilder camel = new StringBuilder();
    boolean upper = false;
    for (char c : bare.toCharArray()) {
      if (c == '_') {
        upper = true;
      } else {
        camel.append(upper ? Character.toUpperCase(c) : c);
        upper = false;
      }
    }
    return camel.toString();
  }
}
