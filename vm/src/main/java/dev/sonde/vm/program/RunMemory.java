package dev.sonde.vm.program;

import dev.sonde.vm.context.ContextLayout;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/** What a test run gives a program: a context, and behind it a packet where the type has one. */
abstract class RunMemory implements AutoCloseable {
  private final long contextAddress;

  RunMemory(int contextBytes) {
    this.contextAddress = RawMemory.allocateZeroed(contextBytes);
  }

  static RunMemory of(ProgramType type, TestRun.Input input) {
    return switch (type) {
      case XDP -> new XdpMemory(input);
      case SOCKET_FILTER -> new SkbMemory(input, false);
      case SCHED_CLS, SCHED_ACT -> new SkbMemory(input, true);
      default -> new Plain(type.contextLayout(), input.context());
    };
  }

  final long contextAddress() {
    return contextAddress;
  }

  /** Makes everything as it was before the first run. */
  abstract void reset();

  /** Returns the packet as it is now. */
  abstract byte[] data();

  /** Returns the context's struct as it is now. */
  abstract byte[] context();

  @Override
  public void close() {
    RawMemory.free(contextAddress);
  }

  /** A context and nothing else. */
  private static final class Plain extends RunMemory {
    private final byte[] initial;
    private final int sizeBytes;

    Plain(ContextLayout layout, byte[] initial) {
      super(layout.sizeBytes());
      this.initial = initial;
      this.sizeBytes = layout.sizeBytes();
      if (initial.length > sizeBytes) {
        close();
        throw BpfException.of(
            Errno.EINVAL,
            "test_run: context %d B, want at most %d B".formatted(initial.length, sizeBytes));
      }
      reset();
    }

    @Override
    void reset() {
      RawMemory.fill(contextAddress(), sizeBytes, (byte) 0);
      RawMemory.write(contextAddress(), initial);
    }

    @Override
    byte[] data() {
      return new byte[0];
    }

    @Override
    byte[] context() {
      return RawMemory.read(contextAddress(), initial.length);
    }
  }
}
