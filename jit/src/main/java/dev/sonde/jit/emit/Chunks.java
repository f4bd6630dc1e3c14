package dev.sonde.jit.emit;

import dev.sonde.jit.plan.FlowGraph.Block;
import dev.sonde.jit.plan.Types.Chunked;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/**
 * Writes long counted loops as two: the inner one runs to the end of a chunk, a local, and the
 * outer one, which is no counted loop to the JVM's compiler and can be stopped, sets the next.
 *
 * <pre>{@code
 * outer: end = min(i + turns * step, limit)
 * head:  ...; i += step; if (i < end) goto head; if (i < limit) goto outer
 * }</pre>
 */
final class Chunks {
  private final Code code;
  private final Registers registers;
  private final Map<Integer, Chunk> byHead = new HashMap<>();
  private final Map<Integer, Chunk> byLatch = new HashMap<>();

  private record Chunk(Chunked loop, int end, Label outer) {}

  /**
   * @param firstLocal the first of as many locals as there are loops, ints
   */
  Chunks(Code code, Registers registers, List<Chunked> loops, int firstLocal) {
    this.code = code;
    this.registers = registers;
    int local = firstLocal;
    for (Chunked loop : loops) {
      Chunk chunk = new Chunk(loop, local++, new Label());
      byHead.put(loop.head(), chunk);
      byLatch.put(loop.latch(), chunk);
    }
  }

  /** At the start of a method every chunk is at its end: also where a loop is entered midway. */
  void begin() {
    for (Chunk chunk : byHead.values()) {
      code.push(chunk.loop.step() > 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE);
      code.store(Opcodes.ISTORE, chunk.end);
    }
  }

  /** Writes the start of the outer loop, where {@code block} is the head of the inner one. */
  void enter(Block block) {
    Chunk chunk = byHead.get(block.index());
    if (chunk == null) {
      return;
    }
    code.separate();
    code.label(chunk.outer);
    code.frame(registers.frameOf(block));
    registers.enter(block);
    registers.pushInt(chunk.loop.counter());
    code.op(Opcodes.I2L);
    code.push(chunk.loop.turns() * chunk.loop.step());
    code.op(Opcodes.LADD);
    code.push((long) chunk.loop.limit());
    code.call(Math.class, chunk.loop.step() > 0 ? "min" : "max", "(JJ)J");
    code.op(Opcodes.L2I);
    code.store(Opcodes.ISTORE, chunk.end);
  }

  /** Writes the jump back within a chunk, before the test that ends {@code latch}. */
  void turn(Block latch, Label[] labels) {
    Chunk chunk = byLatch.get(latch.index());
    if (chunk != null) {
      registers.pushInt(chunk.loop.counter());
      code.load(Opcodes.ILOAD, chunk.end);
      code.jump(
          chunk.loop.step() > 0 ? Opcodes.IF_ICMPLT : Opcodes.IF_ICMPGT, labels[chunk.loop.head()]);
    }
  }

  /** Returns the way from {@code from} into the loop or around it once more, if it is a chunk's. */
  @Nullable Label outer(int from, int to) {
    Chunk chunk = byHead.get(to);
    boolean enters = chunk != null && (from == chunk.loop.latch() || !chunk.loop.body().get(from));
    return enters ? chunk.outer : null;
  }
}
