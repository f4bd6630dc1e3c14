package dev.sonde.exporters.stream;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.map.BpfMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A ring of records that are events.
 *
 * @param name what an event is called
 * @param feed the ring
 * @param btf the object's types
 * @param typeId the record's type in it
 * @param attributeNames member to attribute name; a member that is absent keeps its own
 * @param stacks the stack-trace map that a member {@code stack_id} points into, null: none
 */
public record RecordSource(
    String name,
    RecordFeed feed,
    Btf btf,
    int typeId,
    Map<String, String> attributeNames,
    @Nullable BpfMap stacks) {
  public RecordSource {
    attributeNames = Map.copyOf(attributeNames);
  }
}
