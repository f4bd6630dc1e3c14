package dev.sonde.vm.elf;

/**
 * Something that an object declares and somebody else defines.
 *
 * @param typeId its BTF type: of a kfunc the BTF_KIND_FUNC, of a variable its value's type; 0: none
 * @param weak whether the object does without it
 */
public record ExternSpec(String name, Kind kind, int typeId, boolean weak) {
  public enum Kind {
    /** A function of Sonde or of the kernel, called by name. */
    KFUNC,
    /** A kernel configuration value, in the .kconfig map. */
    KCONFIG,
    /** A variable of the kernel, of a type that only the kernel could vouch for. */
    KSYM,
    /** The mere address of something in the kernel: {@code extern const void NAME __ksym}. */
    ADDRESS;

    /** Tells whether its name is all that there is of it until a program is loaded. */
    public boolean isNamed() {
      return this == KFUNC || this == ADDRESS;
    }
  }
}
