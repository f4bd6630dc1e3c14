package dev.sonde.agent;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sonde.agent.control.ControlConnection.Progress;
import dev.sonde.vm.helper.TracePipe;
import java.util.concurrent.TimeUnit;

/** Sends what programs print (bpf_trace_printk) until the time is over or nobody listens. */
final class TraceRequest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long POLL_MILLIS = 20;
  private static final long ALIVE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final TracePipe.Reader reader = TracePipe.PROCESS.reader();
  private final Progress progress;

  TraceRequest(Progress progress) {
    this.progress = progress;
  }

  /** Follows the pipe for {@code nanos}; returns how many lines this reader was too slow for. */
  long follow(long nanos) throws InterruptedException {
    long start = System.nanoTime();
    long said = start;
    boolean listened = progress.send(JSON.createObjectNode()); // the reader is there
    while (listened && !progress.stopped() && System.nanoTime() - start < nanos) {
      String line = reader.poll();
      if (line != null) {
        listened = progress.send(JSON.createObjectNode().put("line", line));
      } else if (System.nanoTime() - said > ALIVE_NANOS) {
        listened = progress.send(JSON.createObjectNode()); // tells whether somebody still listens
        said = System.nanoTime();
      } else {
        Thread.sleep(POLL_MILLIS);
      }
    }
    return reader.lostLines();
  }
}
