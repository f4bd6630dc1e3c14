package dev.sonde.verifier;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a person may change, by a part of the kernel's message. */
final class Hints {
  private static final Map<String, String> BY_PART = new LinkedHashMap<>();

  static {
    BY_PART.put("_or_null'", "compare the pointer with NULL and leave if it is, before you use it");
    BY_PART.put("null-check it first", "compare the pointer with NULL before you add to it");
    BY_PART.put(
        "invalid mem access 'scalar'",
        "this is a number, not an address: read other memory with bpf_probe_read_kernel or"
            + " bpf_probe_read_user");
    BY_PART.put("!read_ok", "no path may read a register or variable before it was written");
    BY_PART.put(
        "outside of the packet", "compare with data_end first: if (ptr + size > data_end) return");
    BY_PART.put("min value is negative", "use an unsigned index, or check that it is not below 0");
    BY_PART.put(
        "outside of the allowed memory range", "check the index against the size before its use");
    BY_PART.put("unbounded memory access", "bound the index: if (i < SIZE), or i &= SIZE - 1");
    BY_PART.put(
        "invalid bpf_context access",
        "see the context of this program type in 'sonde feature' for offsets and sizes");
    for (String acting : List.of("probe_write_user", "override_return", "send_signal")) {
      BY_PART.put(
          "cannot use helper bpf_" + acting,
          "it would act on the traced thread: programs here observe, and those of native targets"
              + " run when the thread has long gone on");
    }
    BY_PART.put("cannot use helper", "see 'sonde feature' for the helpers of this program type");
    BY_PART.put("invalid func", "this helper is not there: see 'sonde feature' for those that are");
    BY_PART.put("GPL-restricted", "declare: char LICENSE[] SEC(\"license\") = \"GPL\";");
    BY_PART.put(
        "reference leak", "release on every path: bpf_ringbuf_submit or bpf_ringbuf_discard");
    BY_PART.put(
        "infinite loop", "a turn must change what the loop tests; give it a constant bound");
    BY_PART.put("too large. Processed", "bound loops more tightly, or use bpf_loop for long ones");
    BY_PART.put("unreachable insn", "remove the code that no path leads to");
    BY_PART.put(
        "expected=fp", "the argument must be the address of memory, a local or a map value");
  }

  private Hints() {}

  /** Returns the advice that fits {@code reason}, "" when there is none. */
  static String of(String reason) {
    for (Map.Entry<String, String> entry : BY_PART.entrySet()) {
      if (reason.contains(entry.getKey())) {
        return entry.getValue();
      }
    }
    return "";
  }
}
