package dev.sonde.vm.context;

/** What a load from a context field gives: the register type that the verifier assigns. */
public enum ContextValue {
  SCALAR,
  /** The start of the packet. */
  PACKET,
  /** One past the last byte of the packet. */
  PACKET_END,
  /** The start of the metadata before the packet. */
  PACKET_META,
  /** The packet's socket: always null here. */
  SOCK_COMMON_OR_NULL,
  /** The buffer of a writable raw tracepoint. */
  TP_BUFFER;

  /** Tells whether the field is declared as 4 bytes but gives an address of 8. */
  public boolean isPacketPointer() {
    return this == PACKET || this == PACKET_END || this == PACKET_META;
  }
}
