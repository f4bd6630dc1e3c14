package dev.sonde.vm.btf;

/** Bytes that are not the object, BTF or ELF data that they claim to be; the message says where. */
public final class ObjectFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final String where;

  /**
   * @param where the file, and the section or record in it
   * @param problem what is wrong: what, got, want
   */
  public ObjectFormatException(String where, String problem) {
    super(where + ": " + problem);
    this.where = where;
  }

  public ObjectFormatException(String where, String what, Object got, Object want) {
    this(where, "%s: got %s, want %s".formatted(what, got, want));
  }

  /** Returns the file, and the section or record in it. */
  public String where() {
    return where;
  }
}
