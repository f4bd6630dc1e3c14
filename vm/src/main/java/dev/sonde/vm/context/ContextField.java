package dev.sonde.vm.context;

/**
 * A named run of context bytes with one rule of access.
 *
 * @param name as the C struct spells it
 * @param offsetBytes from the start of the context
 * @param elementBytes size of the field, or of an element of it when it is an array
 * @param elements 1 unless it is an array
 * @param readSizes which access sizes may read it: the sum of 1, 2, 4 and 8
 * @param writeSizes which access sizes may write it
 * @param value what a load gives
 * @param storedOffsetBytes where the 8 bytes of a packet pointer are kept, else {@code offsetBytes}
 */
public record ContextField(
    String name,
    int offsetBytes,
    int elementBytes,
    int elements,
    int readSizes,
    int writeSizes,
    ContextValue value,
    int storedOffsetBytes) {

  /** Returns the offset of the first byte behind the field. */
  public int endBytes() {
    return offsetBytes + elementBytes * elements;
  }

  boolean allows(int offset, int size, boolean write) {
    boolean inside = offset >= offsetBytes && offset + size <= endBytes();
    return inside && ((write ? writeSizes : readSizes) & size) != 0;
  }
}
