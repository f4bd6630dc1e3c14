package dev.sonde.vm.context;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The context of a program type: which bytes a program may read or write, in which sizes, and what
 * a load gives. Declared once; read by the verifier, the engines, the probes and the generated C
 * header. What a table does not name is refused (Linux 6.18, {@code is_valid_access} of each type).
 *
 * <p>Every access is naturally aligned. A context handed to a program has {@link #sizeBytes} bytes
 * of memory, so that whatever the table allows is there.
 */
public final class ContextLayout {
  private static final int ANY = 1 | 2 | 4 | 8;

  /** The kernel's bound of a tracepoint record: the 8 KiB buffer that it is copied from. */
  private static final int TRACEPOINT_BYTES = 8192;

  /** {@code struct pt_regs} of x86-64 and what Sonde adds for methods behind it. */
  public static final ContextLayout KPROBE = kprobe();

  /** {@code struct bpf_perf_event_data}: registers, then the sample's period and address. */
  public static final ContextLayout PERF_EVENT = perfEvent();

  /** A kernel tracepoint's record, of whatever size. */
  public static final ContextLayout TRACEPOINT = tracepoint(TRACEPOINT_BYTES);

  /** {@code struct bpf_raw_tracepoint_args}: 12 arguments. */
  public static final ContextLayout RAW_TRACEPOINT =
      new Builder("bpf_raw_tracepoint_args").array("args", 0, 8, 12, ANY, 0).size(96);

  /** The same, where a load of the first argument gives the buffer that may be written. */
  public static final ContextLayout RAW_TRACEPOINT_WRITABLE =
      new Builder("bpf_raw_tracepoint_args")
          .typed("buffer", 0, 8, 8, ContextValue.TP_BUFFER)
          .array("buffer_bytes", 1, 1, 7, 1 | 2 | 4, 0) // as the kernel: only offset 0 is special
          .array("args", 8, 8, 11, ANY, 0)
          .size(96);

  public static final ContextLayout SOCKET_FILTER = skb(false);
  public static final ContextLayout SCHED_CLS = skb(true);
  public static final ContextLayout XDP = xdp(false);

  /** Of a program that runs where a device map sends a packet: it is told where it goes. */
  public static final ContextLayout XDP_DEVMAP = xdp(true);

  /** The most bytes of a syscall program's context, the kernel's U16_MAX rounded up to a word. */
  private static final int SYSCALL_BYTES = 1 << 16;

  /** What {@code BPF_PROG_TEST_RUN} is given as ctx_in: plain bytes, readable and writable. */
  public static final ContextLayout SYSCALL =
      new Builder("syscall_context")
          .array("bytes", 0, 1, SYSCALL_BYTES, ANY, ANY)
          .size(SYSCALL_BYTES);

  private final String structName;
  private final List<ContextField> fields;
  private final int sizeBytes;

  private ContextLayout(String structName, List<ContextField> fields, int sizeBytes) {
    this.structName = structName;
    this.fields = List.copyOf(fields);
    this.sizeBytes = sizeBytes;
  }

  /**
   * Returns the layout of a tracepoint whose record has {@code recordBytes} bytes; the first 8 are
   * the kernel's own and cannot be read.
   */
  public static ContextLayout tracepoint(int recordBytes) {
    return new Builder("tracepoint")
        .array("record", 8, 1, recordBytes - 8, ANY, 0)
        .size(recordBytes);
  }

  /**
   * Returns the layout of a struct that is made at run time.
   *
   * @param fields in order of offset
   * @param sizeBytes at least the end of the last field
   */
  public static ContextLayout of(String structName, List<ContextField> fields, int sizeBytes) {
    return new ContextLayout(structName, fields, sizeBytes);
  }

  /** Returns the C name of the struct. */
  public String structName() {
    return structName;
  }

  /** Returns the fields in order of offset. */
  public List<ContextField> fields() {
    return fields;
  }

  /** Returns how many bytes of memory a context of this type must have behind its address. */
  public int sizeBytes() {
    return sizeBytes;
  }

  /**
   * Returns the access at {@code offset} of {@code size} bytes, or null when the program type does
   * not allow it ({@code invalid bpf_context access}).
   *
   * @param size 1, 2, 4 or 8
   */
  public @Nullable ContextAccess access(int offset, int size, boolean write) {
    if (offset < 0 || (offset & size - 1) != 0) {
      return null;
    }
    for (ContextField field : fields) {
      if (field.allows(offset, size, write)) {
        boolean pointer = field.value().isPacketPointer();
        return new ContextAccess(
            field, pointer ? field.storedOffsetBytes() : offset, pointer ? 8 : size);
      }
    }
    return null;
  }

  /** Tells whether some load of this context is not where the insn says (a packet pointer). */
  public boolean hasPacket() {
    return fields.stream().anyMatch(field -> field.value().isPacketPointer());
  }

  private static ContextLayout kprobe() {
    Builder builder = new Builder("pt_regs");
    for (PtRegs register : PtRegs.values()) {
      builder.array(register.fieldName(), register.offsetBytes(), 8, 1, ANY, 0);
    }
    return builder
        .array("sonde_method_id", MethodContext.METHOD_ID, 8, 1, ANY, 0)
        .array("sonde_time_ns", MethodContext.TIME_NANOS, 8, 1, ANY, 0)
        .array("sonde_entry_time_ns", MethodContext.ENTRY_TIME_NANOS, 8, 1, ANY, 0)
        .array("sonde_duration_ns", MethodContext.DURATION_NANOS, 8, 1, ANY, 0)
        .array("sonde_exception", MethodContext.EXCEPTION, 8, 1, ANY, 0)
        .array("sonde_kind", MethodContext.KIND, 4, 1, 1 | 2 | 4, 0)
        .array("sonde_arg_count", MethodContext.ARGUMENT_COUNT, 4, 1, 1 | 2 | 4, 0)
        .array(
            "sonde_more_args",
            MethodContext.MORE_ARGUMENTS,
            8,
            MethodContext.MAX_ARGUMENTS - MethodContext.REGISTER_ARGUMENTS,
            ANY,
            0)
        .size(MethodContext.SIZE_BYTES);
  }

  private static ContextLayout perfEvent() {
    Builder builder = new Builder("bpf_perf_event_data");
    for (PtRegs register : PtRegs.values()) {
      builder.array(register.fieldName(), register.offsetBytes(), 8, 1, 8, 0);
    }
    return builder
        .array("sample_period", PtRegs.SIZE_BYTES, 8, 1, ANY, 0)
        .array("addr", PtRegs.SIZE_BYTES + 8, 8, 1, ANY, 0)
        .size(PtRegs.SIZE_BYTES + 16);
  }

  private static ContextLayout xdp(boolean egress) {
    Builder xdp =
        new Builder("xdp_md")
            .packet("data", 0, ContextValue.PACKET, PacketContext.XDP.dataOffset())
            .packet("data_end", 4, ContextValue.PACKET_END, PacketContext.XDP.dataEndOffset())
            .packet("data_meta", 8, ContextValue.PACKET_META, PacketContext.XDP.dataMetaOffset())
            .array("ingress_ifindex", 12, 4, 1, 4, 0)
            .array("rx_queue_index", 16, 4, 1, 4, 0);
    if (egress) {
      xdp.array("egress_ifindex", 20, 4, 1, 4, 0);
    }
    return xdp.size(PacketContext.XDP.sizeBytes());
  }

  private static ContextLayout skb(boolean classifier) {
    int narrow = 1 | 2 | 4;
    int write = classifier ? 4 : 0; // what only tc programs may write
    Builder skb =
        new Builder("__sk_buff")
            .array("len", 0, 4, 1, narrow, 0)
            .array("pkt_type", 4, 4, 1, narrow, 0)
            .array("mark", 8, 4, 1, narrow, write)
            .array("queue_mapping", 12, 4, 1, narrow, write)
            .array("protocol", 16, 4, 1, narrow, 0)
            .array("vlan_present", 20, 4, 1, narrow, 0)
            .array("vlan_tci", 24, 4, 1, narrow, 0)
            .array("vlan_proto", 28, 4, 1, narrow, 0)
            .array("priority", 32, 4, 1, narrow, write)
            .array("ingress_ifindex", 36, 4, 1, narrow, 0)
            .array("ifindex", 40, 4, 1, narrow, 0)
            .array("tc_index", 44, 4, 1, narrow, write)
            .array("cb", 48, 4, 5, ANY, ANY)
            .array("hash", 68, 4, 1, narrow, 0);
    if (classifier) {
      skb.array("tc_classid", 72, 4, 1, narrow, write)
          .packet("data", 76, ContextValue.PACKET, PacketContext.SKB.dataOffset())
          .packet("data_end", 80, ContextValue.PACKET_END, PacketContext.SKB.dataEndOffset());
    }
    skb.array("napi_id", 84, 4, 1, narrow, 0);
    if (classifier) {
      skb.packet("data_meta", 140, ContextValue.PACKET_META, PacketContext.SKB.dataMetaOffset())
          .array("tstamp", 152, 8, 1, 8, 8)
          .array("wire_len", 160, 4, 1, narrow, 0);
    }
    skb.array("gso_segs", 164, 4, 1, narrow, 0)
        .typed("sk", 168, 8, 8, ContextValue.SOCK_COMMON_OR_NULL)
        .array("gso_size", 176, 4, 1, narrow, 0);
    if (classifier) {
      skb.array("tstamp_type", 180, 1, 1, 1, 0).array("hwtstamp", 184, 8, 1, 8, 0);
    }
    return skb.size(PacketContext.SKB.sizeBytes());
  }

  /** Collects fields; {@link #size} ends the expression. */
  private static final class Builder {
    private final String structName;
    private final List<ContextField> fields = new ArrayList<>();

    Builder(String structName) {
      this.structName = structName;
    }

    Builder array(String name, int offset, int size, int elements, int reads, int writes) {
      fields.add(
          new ContextField(
              name, offset, size, elements, reads, writes, ContextValue.SCALAR, offset));
      return this;
    }

    Builder typed(String name, int offset, int size, int reads, ContextValue value) {
      fields.add(new ContextField(name, offset, size, 1, reads, 0, value, offset));
      return this;
    }

    Builder packet(String name, int offset, ContextValue value, int storedOffset) {
      fields.add(new ContextField(name, offset, 4, 1, 4, 0, value, storedOffset));
      return this;
    }

    ContextLayout size(int sizeBytes) {
      return new ContextLayout(structName, fields, sizeBytes);
    }
  }
}
