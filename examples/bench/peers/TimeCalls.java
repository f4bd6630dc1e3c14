// What latency.bpf.c does, for BTrace; the histogram at the end shows that it fired.
import static org.openjdk.btrace.core.BTraceUtils.*;
import org.openjdk.btrace.core.aggregation.*;
import org.openjdk.btrace.core.annotations.*;
import org.openjdk.btrace.core.types.*;

@BTrace
public class TimeCalls {
  private static Aggregation nanos = Aggregations.newAggregation(AggregationFunction.QUANTIZE);

  @OnMethod(
      clazz = "dev.sonde.bench.probed.Methods",
      method = "work",
      location = @Location(Kind.RETURN))
  public static void work(@Duration long duration) {
    Aggregations.addToAggregation(nanos, duration);
  }

  @OnMethod(clazz = "dev.sonde.bench.probed.Methods", method = "ended")
  public static void ended() {
    Aggregations.printAggregation("fired", nanos);
  }
}
