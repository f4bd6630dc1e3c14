package dev.sonde.probes.method;

import static dev.sonde.probes.method.Workout.check;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.CarrierSlots;
import dev.sonde.vm.map.MapSpec;
import dev.sonde.vm.map.MapType;
import dev.sonde.vm.map.Maps;
import dev.sonde.vm.map.StackMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import sample.Calculator;

/**
 * Part of {@link Workout}: the stack ids of virtual threads, before and after they have waited and
 * gone on on other carriers.
 */
final class VirtualStacks {
  private static final int THREADS = 200;
  private static final int ROUNDS = 4;
  private static final int DEPTHS = 5;
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final MethodAttacher attacher;
  private final JavaFrames frames;
  private final StackMap map =
      (StackMap) Maps.create(MapSpec.of("stacks", MapType.STACK_TRACE, 4, 127 * 8, 16_384));
  private final Map<Thread, List<Seen>> seen = new ConcurrentHashMap<>();

  /** One event: the stack's id, its frames, and where its thread ran. */
  private record Seen(long stack, List<String> names, long carrier) {}

  VirtualStacks(MethodAttacher attacher, JavaFrames frames) {
    this.attacher = attacher;
    this.frames = frames;
  }

  /** Until a thread has moved from one carrier to another, which the scheduler need not do. */
  void areThreadsOwn(ExecutorService virtual) throws Exception {
    boolean canMove = Runtime.getRuntime().availableProcessors() > 1;
    long end = System.nanoTime() + PATIENCE_NANOS;
    int moved;
    do {
      seen.clear();
      trace(virtual);
      moved = compare();
      check(moved > 0 || !canMove || System.nanoTime() < end, "no thread moved");
    } while (moved == 0 && canMove);
    virtual.shutdown();
    map.close();
  }

  private void trace(ExecutorService virtual) throws Exception {
    JavaProgram program = JavaProgram.scalar((slot, fields) -> take(slot), new int[0]);
    Calculator calculator = new Calculator("virtual");
    MethodTarget target = MethodTarget.parse("method/sample.Calculator.add");
    try (Link link = attacher.attach(List.of(new Attachment(program, target)))) {
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int depth = i % DEPTHS;
        ends.add(virtual.submit(() -> work(depth, calculator)));
      }
      for (Future<?> end : ends) {
        end.get();
      }
      long runs = link.status().get(0).runCount();
      check(runs == THREADS * ROUNDS, runs + " events of virtual threads");
    }
  }

  private static void work(int depth, Calculator calculator) {
    for (int round = 0; round < ROUNDS; round++) {
      descend(depth, calculator); // from one place: all rounds have one stack
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static long descend(int depth, Calculator calculator) {
    return depth == 0 ? calculator.add(1, 1) : 1 + descend(depth - 1, calculator);
  }

  private long take(CarrierSlot slot) {
    long id = map.stackId(slot, StackMap.USER_STACK | StackMap.FAST_STACK_CMP);
    long[] ids = new long[127];
    int length = slot.event().stackSource().capture(ids, 0, true);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      names.add(frames.frame(ids[i]).className() + "." + frames.frame(ids[i]).methodName());
    }
    seen.computeIfAbsent(Thread.currentThread(), thread -> new ArrayList<>())
        .add(new Seen(id, names, CarrierSlots.carrierId()));
    return 0;
  }

  /** Returns how many threads were seen on several carriers. */
  private int compare() {
    check(seen.size() == THREADS, seen.size() + " virtual threads were seen");
    Map<Integer, Set<Long>> idsByDepth = new HashMap<>();
    int moved = 0;
    for (List<Seen> events : seen.values()) {
      Seen first = events.get(0);
      int depth = 0;
      while (first.names.get(1 + depth).equals(VirtualStacks.class.getName() + ".descend")) {
        depth++;
      }
      boolean elsewhere = false;
      for (Seen event : events) {
        check(event.stack == first.stack && event.stack >= 0, event + ", first " + first);
        check(event.names.equals(first.names), event + ", first " + first);
        elsewhere |= event.carrier != first.carrier;
      }
      moved += elsewhere ? 1 : 0;
      isOfTheThread(first.names);
      idsByDepth.computeIfAbsent(depth, d -> new HashSet<>()).add(first.stack);
    }
    Set<Long> all = new HashSet<>();
    idsByDepth.values().forEach(all::addAll);
    check(idsByDepth.size() == DEPTHS && all.size() == DEPTHS, "ids by depth: " + idsByDepth);
    return moved;
  }

  /** From the traced method to the thread's own start; nothing of the carrier or of Sonde. */
  private static void isOfTheThread(List<String> names) {
    check(names.get(0).equals("sample.Calculator.add"), names.toString());
    check(names.stream().anyMatch(n -> n.equals("java.lang.VirtualThread.run")), names.toString());
    for (String name : names) {
      check(!name.contains("ForkJoin") && !name.contains("runContinuation"), names.toString());
      check(!name.startsWith("java.lang.Sonde"), names.toString());
      check(!name.startsWith("dev.sonde.") || name.contains(".VirtualStacks."), names.toString());
    }
  }
}
