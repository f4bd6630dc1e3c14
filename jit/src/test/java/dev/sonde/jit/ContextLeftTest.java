package dev.sonde.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sonde.jit.emit.CompiledProgram;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.Event;
import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.helper.HelperProto;
import dev.sonde.vm.helper.Helpers;
import dev.sonde.vm.interp.Interpreter;
import dev.sonde.vm.isa.Assembler;
import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.memory.RawMemory;
import dev.sonde.vm.program.ExecutableProgram.ContextField;
import dev.sonde.vm.stacktrace.StackSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that hand their context to a helper that does not look at it need none in memory. */
class ContextLeftTest {
  private static final int FIRST = MethodContext.argumentOffset(0);
  private static final JitOptions SPLIT = new JitOptions(false, 1000, 60);

  /** By helper, what a program does between the checks of its context and the call. */
  private static final Map<String, String> ARGUMENTS =
      Map.of(
          "bpf_get_stackid", "lddw %r2, map 0\nmov %r3, 256",
          "bpf_get_stack", "mov %r2, %r10\nadd %r2, -32\nmov %r3, 32\nmov %r4, 256",
          "bpf_get_func_ip", "",
          "bpf_get_attach_cookie", "",
          "bpf_perf_event_output",
              "lddw %r2, map 1\nmov32 %r3, -1\nmov %r4, %r10\nadd %r4, -8\nmov %r5, 8");

  static Stream<HelperProto> helpers() {
    return Helpers.all().stream().filter(HelperProto::leavesContext);
  }

  @ParameterizedTest
  @MethodSource("helpers")
  void theAnswerIsTheInterpreters(HelperProto helper) throws Throwable {
    String code =
        """
        jne %%r1, 0, there
        mov %%r0, 77
        exit
        there:
        mov %%r6, %%r1
        ldxdw %%r7, [%%r6+%d]
        stdw [%%r10-8], 7
        %s
        mov %%r1, %%r6
        call %d
        add %%r0, %%r7
        exit
        """
            .formatted(FIRST, ARGUMENTS.get(helper.name()), helper.id());
    CarrierSlot slot = Trusted.slot();
    long context = RawMemory.allocateZeroed(MethodContext.SIZE_BYTES);
    RawMemory.putLong(context + FIRST, 1000);
    try (BpfMap stacks = Maps.create(MapSpec.of("s", MapType.STACK_TRACE, 4, 8 * 4, 64));
        BpfMap events = Maps.create(MapSpec.of("e", MapType.PERF_EVENT_ARRAY, 4, 4, 8))) {
      VerifiedProgram verified =
          Verifier.verify(
              Trusted.of("left", Assembler.assemble(code), stacks, events).program(),
              VerifierOptions.DEFAULT);
      for (JitOptions options : List.of(JitOptions.DEFAULT, SPLIT)) {
        try (Interpreter oracle = new Interpreter(verified);
            CompiledProgram program = new JitCompiler(options).compile(verified)) {
          slot.setEvent(new Traced());
          long want = oracle.run(slot, context);
          assertNotEquals(77, want, "the context is not null");
          assertEquals(List.of(new ContextField(FIRST, 8, false)), program.scalarFields());
          assertEquals(want, (long) program.scalarEntry().orElseThrow().invokeExact(slot, 1000L));
          assertEquals(want, program.run(slot, context));
        }
      }
    } finally {
      slot.setEvent(null);
      RawMemory.free(context);
    }
  }

  /** A call of a method, two frames deep. */
  private static final class Traced implements Event {
    @Override
    public long pidTgid() {
      return 1;
    }

    @Override
    public long timeNanos() {
      return 2;
    }

    @Override
    public String comm() {
      return "traced";
    }

    @Override
    public long attachCookie() {
      return 3;
    }

    @Override
    public long functionId() {
      return 4;
    }

    @Override
    public StackSource stackSource() {
      return (frames, skip, user) -> {
        frames[0] = 5;
        frames[1] = 6;
        return 2;
      };
    }
  }
}
