package dev.sonde.vm.helper;

/** What r0 is after a helper or kfunc: the kernel's {@code enum bpf_return_type}. */
public enum ReturnKind {
  INTEGER,
  VOID,
  MAP_VALUE,
  MAP_VALUE_OR_NULL,
  /** Memory of CONST_ALLOC_SIZE bytes, acquired (ringbuf) or plain (dynptr_data). */
  RINGBUF_MEM_OR_NULL,
  DYNPTR_MEM_OR_NULL,
  /** 4 readable bytes of an iterator, null when it is drained. */
  ITERATOR_INT_OR_NULL,
  /** A BTF-typed pointer; never loaded raw: an engine lowers each load to a probe read. */
  BTF_ID,
  BTF_ID_OR_NULL,
  /** A kernel socket that the program must release. */
  SOCK_COMMON_OR_NULL,
  SOCKET_OR_NULL,
  /** What the socket that was passed is, seen as another type: gone when that one is released. */
  SOCKET_OF_OR_NULL,
  TCP_SOCK_OF_OR_NULL,
  /** As above, as a kernel struct whose fields are read by BTF. */
  SOCKET_STRUCT_OF_OR_NULL,
  /** A listening socket, which nobody need release. */
  LISTENER_OR_NULL
}
