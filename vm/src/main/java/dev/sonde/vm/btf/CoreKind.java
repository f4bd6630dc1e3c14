package dev.sonde.vm.btf;

import org.jspecify.annotations.Nullable;

/** What a CO-RE relocation asks of the target's types ({@code enum bpf_core_relo_kind}). */
public enum CoreKind {
  FIELD_BYTE_OFFSET,
  FIELD_BYTE_SIZE,
  FIELD_EXISTS,
  FIELD_SIGNED,
  FIELD_LSHIFT_U64,
  FIELD_RSHIFT_U64,
  TYPE_ID_LOCAL,
  TYPE_ID_TARGET,
  TYPE_EXISTS,
  TYPE_SIZE,
  ENUM_VALUE_EXISTS,
  ENUM_VALUE,
  TYPE_MATCHES;

  private static final CoreKind[] BY_CODE = values();

  /** Returns the kind of the kernel's {@code code}, or null when there is none. */
  public static @Nullable CoreKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }

  boolean isField() {
    return ordinal() <= FIELD_RSHIFT_U64.ordinal();
  }

  boolean isEnumValue() {
    return this == ENUM_VALUE || this == ENUM_VALUE_EXISTS;
  }
}
