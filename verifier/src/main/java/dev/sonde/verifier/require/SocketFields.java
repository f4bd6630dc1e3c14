package dev.sonde.verifier.require;

import static dev.sonde.verifier.require.Step.denied;

import dev.sonde.verifier.transfer.Reg;
import dev.sonde.verifier.transfer.RegKind;

/**
 * Which fields of a kernel socket may be read ({@code check_sock_access}, Linux 6.18): those of
 * {@code struct bpf_sock}, {@code bpf_tcp_sock} and {@code bpf_xdp_sock}. No program here ever gets
 * a socket that is there, and an engine reads the fields fault-tolerantly all the same.
 */
final class SocketFields {
  private static final int WORD = 4;

  // struct bpf_sock
  private static final int TYPE = 8; // from here to the addresses only of a full socket
  private static final int SRC_IP4 = 24;
  private static final int SRC_PORT = 44;
  private static final int DST_PORT = 48;
  private static final int DST_IP4 = 52;
  private static final int STATE = 72;
  private static final int RX_QUEUE_MAPPING = 76;
  private static final int SOCK_BYTES = 80;

  // struct bpf_tcp_sock
  private static final int BYTES_RECEIVED = 80;
  private static final int AFTER_BYTES_ACKED = 96; // two longs are not read by halves
  private static final int TCP_SOCK_BYTES = 112;

  private SocketFields() {}

  /**
   * Requires that {@code size} bytes at {@code off} are a field, or a part that may be read; nobody
   * moves one.
   */
  static void requireReadable(int regno, Reg socket, int off, int size) {
    if (off < 0 || off % size != 0 || !isField(socket.kind(), off, size)) {
      throw denied(
          "R%d invalid %s access off=%d size=%d".formatted(regno, socket.typeText(), off, size));
    }
  }

  private static boolean isField(RegKind kind, int off, int size) {
    return switch (kind) {
      case SOCK_COMMON -> (off < TYPE || off >= SRC_IP4) && isSock(off, size);
      case SOCKET -> isSock(off, size);
      case TCP_SOCK -> {
        boolean wide = off >= BYTES_RECEIVED && off < AFTER_BYTES_ACKED;
        yield off < TCP_SOCK_BYTES && size == (wide ? Long.BYTES : WORD);
      }
      case XDP_SOCK -> off == 0 && size == WORD; // queue_id
      default -> false;
    };
  }

  /** Addresses and what is no wider than a word may be read in parts, the rest as words. */
  private static boolean isSock(int off, int size) {
    if (off >= SOCK_BYTES) {
      return false;
    }
    if (off >= DST_PORT && off < DST_IP4) {
      return off < DST_PORT + Short.BYTES && (size == WORD || size <= Short.BYTES);
    }
    boolean addresses = off >= SRC_IP4 && off < SRC_PORT || off >= DST_IP4 && off < STATE;
    boolean narrow =
        switch (off) {
          case WORD, 2 * WORD, 3 * WORD, SRC_PORT, STATE, RX_QUEUE_MAPPING -> true;
          default -> addresses;
        };
    return narrow ? size <= WORD : size == WORD;
  }
}
