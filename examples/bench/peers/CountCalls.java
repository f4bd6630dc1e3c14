// What counter.bpf.c does, for BTrace; the count at the end shows that it fired.
import static org.openjdk.btrace.core.BTraceUtils.*;
import org.openjdk.btrace.core.annotations.*;

@BTrace
public class CountCalls {
  private static long calls;

  @OnMethod(clazz = "dev.sonde.bench.probed.Methods", method = "work")
  public static void work() {
    calls++;
  }

  @OnMethod(clazz = "dev.sonde.bench.probed.Methods", method = "ended")
  public static void ended() {
    println(strcat("fired ", str(calls)));
  }
}
