package dev.sonde.vm.helper;

/** What a helper or kfunc demands of an argument: the kernel's {@code enum bpf_arg_type}. */
public enum ArgKind {
  /** No argument here. */
  DONTCARE,
  /** A map known at load (ARG_CONST_MAP_PTR). Passed to the body as a BpfMap. */
  CONST_MAP_PTR,
  /** key_size initialised bytes. */
  MAP_KEY,
  /** value_size initialised bytes. */
  MAP_VALUE,
  MAP_VALUE_OR_NULL,
  /** value_size bytes that the helper writes. */
  MAP_VALUE_UNINIT,
  /** Readable memory, its size in the next argument. */
  MEM_RDONLY,
  MEM_RDONLY_OR_NULL,
  /** Initialised memory that is read and written, its size in the next argument. */
  MEM,
  MEM_OR_NULL,
  /** Memory that the helper writes, its size in the next argument. */
  MEM_UNINIT,
  MEM_UNINIT_OR_NULL,
  /** A fixed-size integer that the helper writes (long*, u64*), 8 bytes, aligned. */
  FIXED_MEM8_UNINIT,
  FIXED_MEM4,
  /** The size of the memory argument before, at least 1. */
  CONST_SIZE,
  CONST_SIZE_OR_ZERO,
  /** A constant: how many bytes the returned memory has. */
  CONST_ALLOC_SIZE_OR_ZERO,
  CTX,
  /** Any initialised value. */
  ANYTHING,
  /** A number: to kfuncs, a pointer is none. */
  NUMBER,
  /** A NUL-terminated string in a read-only map. */
  CONST_STR,
  /** What bpf_ringbuf_reserve returned: released by this call. */
  RINGBUF_MEM_RELEASE,
  /** A subprogram used as callback. */
  FUNC,
  /** A stack address or any scalar: the callback's context. */
  STACK_OR_NULL,
  SPIN_LOCK,
  TIMER,
  /** A dynptr on the stack, as the row's flags say. */
  DYNPTR,
  DYNPTR_UNINIT,
  DYNPTR_RELEASE,
  /** An open-coded iterator on the stack that the call begins, steps or ends. */
  ITERATOR_NEW,
  ITERATOR_NEXT,
  ITERATOR_DESTROY,
  /** A kernel socket of any kind (ARG_PTR_TO_SOCK_COMMON). */
  SOCK_COMMON,
  /** As SOCK_COMMON, or what BTF calls a socket (ARG_PTR_TO_BTF_ID_SOCK_COMMON). */
  SOCKET,
  /** A socket that a lookup acquired: released by this call. */
  SOCKET_RELEASE,
  /** A fixed-size struct that is read: an IPv4 or TCP header. */
  FIXED_MEM20,
  /** A fixed-size struct that is read: an IPv6 header. */
  FIXED_MEM40,
  BTF_ID,
  BTF_ID_OR_NULL,
  /** A Java reference as an opaque scalar that the body checks at run time (sonde kfuncs). */
  HANDLE,
  /** A known constant scalar. */
  CONST
}
