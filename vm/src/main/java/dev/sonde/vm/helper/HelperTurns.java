package dev.sonde.vm.helper;

import dev.sonde.vm.map.BpfMap;

/**
 * For how many turns of a loop a call of a helper counts (see {@code CarrierSlot.spend}): most for
 * none, as they take less than a microsecond; those that walk stacks, format text or move as many
 * bytes as they are told for some.
 */
public final class HelperTurns {
  /** Moving so many bytes is a turn. */
  public static final int BYTES_SHIFT = 10;

  /** Elements of a map that are passed over, there or not, in the time of a turn. */
  private static final int ENTRIES_PER_TURN = 256;

  /** Nodes of a trie, or elements of a bucket, that are walked in the time of a turn. */
  private static final int NODES_PER_TURN = 16;

  private static final int OF_STACK = 64;
  private static final int OF_TEXT = 8;

  private HelperTurns() {}

  /** Returns the turns of each call of {@code helper}. */
  public static int fixed(HelperProto helper) {
    boolean java = helper.name().startsWith("sonde_");
    return switch (helper.name()) {
      case "bpf_get_stackid", "bpf_get_stack", "bpf_get_task_stack" -> OF_STACK;
      case "bpf_trace_printk", "bpf_trace_vprintk", "bpf_snprintf", "bpf_snprintf_btf" -> OF_TEXT;
      default -> java ? 1 : 0;
    };
  }

  /** Returns the register that says how many bytes {@code helper} moves, or -1. */
  public static int sizeRegister(HelperProto helper) {
    for (int i = 0; i < helper.args().size(); i++) {
      ArgKind kind = helper.arg(i);
      if (kind == ArgKind.CONST_SIZE || kind == ArgKind.CONST_SIZE_OR_ZERO) {
        return i + 1;
      }
    }
    return -1;
  }

  /** Returns the turns of passing over the elements of {@code map}. */
  public static int ofElements(BpfMap map) {
    return map.spec().maxEntries() / ENTRIES_PER_TURN;
  }

  /** Returns the turns of a search for a key: in a trie of IPv4 addresses, two. */
  public static int ofSearch(BpfMap map) {
    return map.searchDepth() / NODES_PER_TURN;
  }

  /** Returns the turns of moving {@code sizeBytes} bytes. */
  public static int ofBytes(long sizeBytes) {
    return (int) (sizeBytes >>> BYTES_SHIFT) & 0xffffff;
  }
}
