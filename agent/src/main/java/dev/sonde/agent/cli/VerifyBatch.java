package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ExecutableProgram;
import dev.sonde.vm.program.TestRun;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The line protocol of {@code prog verify --batch}: a request a line, a JSON line an answer. No
 * line ends it: what cannot be read, verified or run is answered with {@code "ok":false} or, when
 * only the run failed, with its errno in {@code run}.
 */
final class VerifyBatch {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final VerifierOptions options;
  private final EngineName engine;

  VerifyBatch(VerifierOptions options, EngineName engine) {
    this.options = options;
    this.engine = engine;
  }

  int run(InputStream in, PrintWriter out) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        out.println(answer(line));
        if (!lines.ready()) { // whoever asks one by one waits for this answer
          out.flush();
        }
        if (out.checkError()) {
          return 1; // nobody listens any more
        }
      }
    }
    out.flush();
    return 0;
  }

  private ObjectNode answer(String line) {
    ObjectNode answer = JSON.createObjectNode();
    try {
      BatchWords words = BatchWords.of(line);
      answer.put("id", words.text("id", ""));
      return answer(words, answer);
    } catch (IllegalArgumentException e) {
      return failed(answer, Errno.EINVAL, e.getMessage());
    }
  }

  /** A fault of ours in one request must not cost the answers to the others. */
  private ObjectNode answer(BatchWords words, ObjectNode answer) {
    try (BatchRequest request = BatchRequest.of(words)) {
      return verify(request, answer);
    } catch (BpfException e) {
      return failed(answer, e.errno(), e.getMessage());
    } catch (IllegalArgumentException e) {
      return failed(answer, Errno.EINVAL, e.getMessage());
    } catch (OutOfMemoryError e) {
      return failed(answer, Errno.ENOMEM, e.toString());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failed(answer, Errno.EFAULT, "internal: " + e);
    }
  }

  private static ObjectNode failed(ObjectNode answer, int errno, String reason) {
    return answer.put("ok", false).put("err", Errno.name(errno)).put("log", reason);
  }

  private ObjectNode verify(BatchRequest request, ObjectNode answer) {
    try {
      VerifiedProgram verified = Verifier.verify(request.program(), options);
      answer.put("ok", true).put("err", "").put("log", lastLine(verified.log()));
      return request.wantsRun() ? run(verified, request, answer) : answer;
    } catch (VerificationException e) {
      return failed(answer, e.errno(), lastLine(e.log()));
    }
  }

  private ObjectNode run(VerifiedProgram verified, BatchRequest request, ObjectNode answer) {
    try (ExecutableProgram executable = engine.executable(verified)) {
      ContextNeed.check(verified, request.input());
      TestRun.Result result = TestRun.run(executable, request.input());
      answer
          .put("run", 0)
          .put("retval", Integer.toUnsignedLong(result.retval()))
          .put("ns", Math.round(result.nanosPerRun()))
          .put("data_out", HexFormat.of().formatHex(result.data()));
      return request.input().context().length == 0 || !ContextNeed.isReturned(verified)
          ? answer
          : answer.put("ctx_out", HexFormat.of().formatHex(result.context()));
    } catch (BpfException e) {
      return answer.put("run", e.errno()).put("run_err", e.getMessage());
    }
  }

  /** The reason is the last line that is not the summary. */
  private static String lastLine(String log) {
    return log.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("processed "))
        .reduce("", (before, line) -> line);
  }
}
