package dev.sonde.exporters.stream;

import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.map.BpfMap;
import org.jspecify.annotations.Nullable;

/**
 * Stacks with a weight: a hash map by stack id, and the stack-trace map that holds the frames.
 *
 * <p>The key is the stack id, or a struct whose first member called {@code stack_id}, {@code
 * user_stack_id} or {@code kern_stack_id} is one (both of them make one stack); its other members
 * become labels. The value, or its first integer member, is the weight.
 *
 * @param name what is counted, the title of flame graphs
 * @param valueType what a weight counts, such as {@code statements}
 * @param unit of a weight: {@code count}, {@code ns}
 * @param btf the object's types, null without BTF
 */
public record StackCountSource(
    String name, String valueType, String unit, BpfMap counts, BpfMap stacks, @Nullable Btf btf) {}
