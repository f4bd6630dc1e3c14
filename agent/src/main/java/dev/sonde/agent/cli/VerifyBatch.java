package dev.sonde.agent.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.verifier.VerificationException;
import dev.sonde.verifier.VerifiedProgram;
import dev.sonde.verifier.Verifier;
import dev.sonde.verifier.VerifierOptions;
import dev.sonde.vm.map.BpfException;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.program.ResolvedProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** The line protocol of {@code prog verify --batch}: a request a line, a JSON line an answer. */
final class VerifyBatch {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final VerifierOptions options;

  VerifyBatch(VerifierOptions options) {
    this.options = options;
  }

  int run(InputStream in, PrintWriter out) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        out.println(answer(line));
        out.flush();
      }
    }
    return 0;
  }

  private ObjectNode answer(String line) {
    ObjectNode answer = JSON.createObjectNode();
    try (BatchRequest request = BatchRequest.parse(line)) {
      answer.put("id", request.id());
      return verify(request, answer);
    } catch (BpfException e) {
      return answer.put("ok", false).put("err", Errno.name(e.errno())).put("log", e.getMessage());
    } catch (IllegalArgumentException e) {
      return answer.put("ok", false).put("err", "EINVAL").put("log", e.getMessage());
    }
  }

  private ObjectNode verify(BatchRequest request, ObjectNode answer) {
    ResolvedProgram program = request.program();
    try {
      VerifiedProgram verified = Verifier.verify(program, options);
      answer.put("ok", true).put("log", lastLine(verified.log()));
      return answer;
    } catch (VerificationException e) {
      return answer
          .put("ok", false)
          .put("err", Errno.name(e.errno()))
          .put("log", lastLine(e.log()));
    }
  }

  /** The reason is the last line that is not the summary. */
  private static String lastLine(String log) {
    return log.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("processed "))
        .reduce("", (before, line) -> line);
  }
}
