package dev.sonde.probes.hotspot;

import dev.sonde.probes.hotspot.VmStructs.Field;

/**
 * Where a blob's header has what is asked of every blob in every round: looked up by name once.
 *
 * @param hasOffsets whether code is told by offsets (JDK 22 and later) or by addresses
 */
record BlobLayout(
    int name,
    boolean hasOffsets,
    Field codeStart,
    Field codeEnd,
    Field frameSize,
    Field frameComplete,
    int method,
    Field compileId) {

  static BlobLayout of(VmStructs structs) {
    boolean offsets = structs.has("CodeBlob._code_offset");
    boolean own = structs.has("nmethod._method");
    return new BlobLayout(
        structs.offset("CodeBlob._name"),
        offsets,
        structs.field(offsets ? "CodeBlob._code_offset" : "CodeBlob._code_begin"),
        structs.field(offsets ? "CodeBlob._data_offset" : "CodeBlob._code_end"),
        structs.field("CodeBlob._frame_size"),
        structs.field("CodeBlob._frame_complete_offset"),
        structs.offset(own ? "nmethod._method" : "CompiledMethod._method"),
        structs.field("nmethod._compile_id"));
  }
}
