package dev.sonde.probes.method;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import dev.sonde.probes.stack.JavaFrames;
import dev.sonde.vm.context.MethodContext;
import java.io.FileInputStream;
import java.lang.instrument.Instrumentation;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import sample.Calculator;

/**
 * The main class of child JVMs, and their agent: probes in the JDK, in what the programs themselves
 * use, and in an application; exact counts; all threads, virtual ones where there are. Prints "ok"
 * if all held.
 */
public final class Workout {
  private static final int THREADS = 4;
  private static final int CALLS = 20_000;
  private static final String VIRTUAL_THREAD = "method/java.lang.VirtualThread.run";
  private static final String PINNED = "jdk.VirtualThreadPinned";

  private final JavaFrames frames = new JavaFrames();
  private final MethodAttacher attacher;
  private final Map<Long, Long> used = new ConcurrentHashMap<>();
  private final AtomicLong jdkEvents = new AtomicLong();

  private Workout(Instrumentation instrumentation) {
    attacher = new MethodAttacher(instrumentation, frames);
    for (long key = 0; key < 16; key++) {
      used.put(key, key);
    }
  }

  private static Instrumentation given;

  public static void premain(String arguments, Instrumentation instrumentation) {
    JdkAccess.open(instrumentation);
    given = instrumentation;
  }

  public static void main(String[] arguments) throws Exception {
    Workout workout = new Workout(given);
    try (Link jdk = workout.attachToJdk()) {
      workout.countsAreExact(Executors.newFixedThreadPool(THREADS), THREADS, CALLS);
      ExecutorService virtual = virtualThreads();
      if (virtual != null) {
        workout.nobodyIsPinned(() -> workout.countsAreExact(virtual, 10_000, 3));
        new VirtualStacks(workout.attacher, workout.frames).areThreadsOwn(virtualThreads());
        new WaitingPrograms(workout.attacher).keepTheirCarriers(virtualThreads());
      }
      workout.stacksAreAsDeepAsAllowed();
      useTheJdk();
      for (AttachmentStatus status : jdk.status()) {
        check(status.matches() > 0, status + " matches nothing");
        check(status.errors() == 0, status + " has errors");
      }
      check(jdk.status().get(0).runCount() > 1000, "too few events of " + jdk.status().get(0));
    }
    long after = workout.jdkEvents.get();
    useTheJdk();
    check(workout.jdkEvents.get() == after, "events after close");
    System.out.println("ok");
  }

  /** The program of these probes uses what they are in: maps, strings, atomics, threads. */
  private Link attachToJdk() {
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> {
              jdkEvents.incrementAndGet();
              Long seen = used.get(fields[0] & 15); // no lock, as in a verified program
              return seen + String.valueOf(fields[0]).hashCode() + new Object().hashCode();
            },
            MethodContext.argumentOffset(0));
    List<Attachment> attachments = new ArrayList<>();
    for (String target :
        List.of(
            "method/java.util.concurrent.ConcurrentHashMap.get",
            "methodret/java.util.concurrent.ConcurrentHashMap.merge",
            "method/java.util.HashMap.put",
            "methodret/java.lang.String.hashCode",
            "method/java.lang.Thread.start",
            "methodret/java.net.Socket.connect",
            "method/java.io.FileInputStream.read",
            "method/java.lang.Object.<init>",
            "methodexc/java.lang.Integer.parseInt")) {
      attachments.add(new Attachment(program, MethodTarget.parse(target)));
    }
    if (Runtime.version().feature() >= 21) {
      attachments.add(new Attachment(program, MethodTarget.parse(VIRTUAL_THREAD)));
    }
    return attacher.attach(attachments);
  }

  private static void useTheJdk() throws Exception {
    Map<String, Integer> map = new HashMap<>();
    Map<String, Integer> concurrent = new ConcurrentHashMap<>();
    for (int i = 0; i < 2000; i++) {
      map.put("k" + i, i);
      concurrent.merge("k" + i % 7, 1, Integer::sum);
      concurrent.get("k" + i);
    }
    Thread thread = new Thread(() -> map.put("other", 1));
    thread.start();
    thread.join();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = new Socket()) {
      socket.connect(server.getLocalSocketAddress());
    }
    Path file = Files.createTempFile("workout", ".txt");
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      check(in.read() == -1, "an empty file");
    }
    Files.delete(file);
    try {
      Integer.parseInt("x");
      check(false, "x is no number");
    } catch (NumberFormatException expected) {
      check(map.size() == 2001, "map of " + map.size());
    }
  }

  private void countsAreExact(ExecutorService pool, int tasks, int calls) throws Exception {
    AtomicLong entries = new AtomicLong();
    AtomicLong returns = new AtomicLong();
    AtomicLong stacks = new AtomicLong();
    JavaProgram entry = JavaProgram.scalar((slot, fields) -> entries.incrementAndGet(), new int[0]);
    JavaProgram exit =
        JavaProgram.scalar(
            (slot, fields) -> {
              long[] ids = new long[4];
              int depth = slot.event().stackSource().capture(ids, 0, true);
              stacks.addAndGet(depth > 1 && fields[0] >= 0 ? 1 : 0);
              return returns.incrementAndGet();
            },
            MethodContext.DURATION_NANOS);
    Calculator calculator = new Calculator("c");
    try (Link link =
        attacher.attach(
            List.of(
                new Attachment(entry, MethodTarget.parse("method/sample.Calculator.add")),
                new Attachment(exit, MethodTarget.parse("methodret/sample.Calculator.add"))))) {
      List<Future<Long>> results = new ArrayList<>();
      Callable<Long> task =
          () -> {
            for (int i = 0; i < calls; i++) {
              calculator.add(i, 1);
              if (tasks > THREADS) {
                Thread.sleep(1); // a virtual thread goes on on another carrier
              }
            }
            return (long) calls;
          };
      for (int i = 0; i < tasks; i++) {
        results.add(pool.submit(task));
      }
      long done = 0;
      for (Future<Long> result : results) {
        done += result.get();
      }
      check(entries.get() == done, entries + " entries of " + done);
      check(returns.get() == done, returns + " returns of " + done);
      check(stacks.get() == done, stacks + " stacks of " + done);
      check(link.status().get(0).runCount() == done, link.status().toString());
      check(link.status().get(1).recursionMisses() == 0, link.status().toString());
    } finally {
      pool.shutdown();
    }
  }

  /** A probe on a virtual thread must not be why the thread keeps its carrier as it waits. */
  private void nobodyIsPinned(ThrowingRunnable work) throws Exception {
    Path file = Files.createTempFile("pinned", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable(PINNED).withThreshold(Duration.ZERO).withStackTrace();
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
    }
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      check(!event.getEventType().getName().equals(PINNED), "pinned: " + event);
    }
    Files.delete(file);
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  /** 127 frames, or what -Dsonde.max.stack says: those that are nearest to the event. */
  private void stacksAreAsDeepAsAllowed() {
    int allowed = Integer.getInteger("sonde.max.stack", 127);
    AtomicLong depth = new AtomicLong();
    long[] ids = new long[allowed + 1];
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> {
              int count = slot.event().stackSource().capture(slot.frames(), 0, true);
              System.arraycopy(slot.frames(), 0, ids, 0, Math.min(count, ids.length));
              depth.set(count);
              return 0;
            },
            new int[0]);
    try (Link link =
        attacher.attach(
            List.of(new Attachment(program, MethodTarget.parse("method/sample.Calculator.add"))))) {
      descend(2 * allowed, new Calculator("deep"));
      check(depth.get() == allowed, depth + " frames of " + allowed);
      for (int i = 0; i < allowed; i++) {
        String method = frames.frame(ids[i]).methodName();
        String expected = i == 0 ? "add" : i % 2 == 1 ? "descend" : "goDown";
        check(method.equals(expected), "frame " + i + ": " + method);
      }
      check(link.status().get(0).matches() == 1, link.status().toString());
    }
  }

  private static long descend(int depth, Calculator calculator) {
    return depth == 0 ? calculator.add(1, 1) : 1 + goDown(depth - 1, calculator);
  }

  private static long goDown(int depth, Calculator calculator) {
    return 1 + descend(depth - 1, calculator);
  }

  private static ExecutorService virtualThreads() throws ReflectiveOperationException {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (NoSuchMethodException before21) {
      return null;
    }
  }

  static void check(boolean holds, String otherwise) {
    if (!holds) {
      System.out.println("FAILED: " + otherwise);
      Runtime.getRuntime().halt(1);
    }
  }
}
