package dev.sonde.exporters.stream;

import dev.sonde.exporters.symbol.Frame;
import dev.sonde.exporters.symbol.Symbolizer;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Stack ids of a stack-trace map to frames. */
final class StackLookup {
  /** What is shown for a stack that could not be taken, or whose place another one has by now. */
  static final List<Frame> LOST = List.of(new Frame(Frame.Kind.NATIVE, "[no stack]", null, 0));

  private final BpfMap stacks;
  private final Symbolizer symbolizer;

  StackLookup(BpfMap stacks, Symbolizer symbolizer) {
    this.stacks = stacks;
    this.symbolizer = symbolizer;
  }

  /** Returns the frames of the stack, leaf first; negative ids are errnos of bpf_get_stackid. */
  List<Frame> frames(long stackId) {
    if ((int) stackId < 0) {
      return LOST;
    }
    byte[] key =
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) stackId).array();
    byte[] value;
    try {
      value = stacks.lookup(key);
    } catch (BpfException gone) {
      return LOST;
    }
    return value == null ? LOST : symbolizer.frames(ids(value));
  }

  private static long[] ids(byte[] value) {
    long[] ids = new long[value.length / 8];
    ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(ids);
    return ids;
  }
}
