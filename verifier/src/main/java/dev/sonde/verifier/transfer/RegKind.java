package dev.sonde.verifier.transfer;

/** What a register holds, as the kernel's base types name it. */
public enum RegKind {
  NOT_INIT("?"),
  SCALAR("scalar"),
  CTX("ctx"),
  MAP_PTR("map_ptr"),
  MAP_VALUE("map_value"),
  MAP_KEY("map_key"),
  STACK("fp"),
  PACKET("pkt"),
  PACKET_META("pkt_meta"),
  PACKET_END("pkt_end"),
  MEM("mem"),
  BUF("buf"),
  TP_BUFFER("tp_buffer"),
  SOCK_COMMON("sock_common"),
  SOCKET("sock"),
  TCP_SOCK("tcp_sock"),
  XDP_SOCK("xdp_sock"),
  BTF_ID("ptr_"),
  FUNC("func"),
  DYNPTR("dynptr_ptr"),
  /** An open-coded iterator: only stack slots hold one. */
  ITERATOR("iter");

  private final String text;

  RegKind(String text) {
    this.text = text;
  }

  /** Returns the name that the log uses. */
  public String text() {
    return text;
  }

  /** Tells whether this is a kernel socket: read by fields, never written, never moved. */
  public boolean isSocket() {
    return this == SOCK_COMMON || this == SOCKET || this == TCP_SOCK || this == XDP_SOCK;
  }

  /** Tells whether a stack slot keeps what it is; of the others it keeps some number only. */
  public boolean isSpillable() {
    return this != DYNPTR && this != TP_BUFFER;
  }

  /** Tells whether this is a pointer into a packet whose bytes a comparison can prove. */
  public boolean isPacket() {
    return this == PACKET || this == PACKET_META;
  }
}
