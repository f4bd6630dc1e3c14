package dev.sonde.vm.context;

/**
 * A load or store of the context that its layout allows.
 *
 * @param field which field it touches
 * @param storedOffsetBytes where in the context's memory the engine finds the bytes; other than the
 *     offset that the insn says for packet pointers, which the program sees as 4 bytes
 * @param storedSizeBytes how many bytes the engine moves: 8 for packet pointers, else the insn's
 *     size
 */
public record ContextAccess(ContextField field, int storedOffsetBytes, int storedSizeBytes) {
  /** Returns what a load gives. */
  public ContextValue value() {
    return field.value();
  }
}
