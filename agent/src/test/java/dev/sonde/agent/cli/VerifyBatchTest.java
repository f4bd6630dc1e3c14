package dev.sonde.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sonde.verifier.VerifierOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The line protocol of {@code prog verify --batch}. */
class VerifyBatchTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** r0 = 2; exit. */
  private static final String RETURN_2 = "insns=b7000000020000009500000000000000";

  /**
   * The file has a request a line and behind a tab what Linux 6.18 answered: random programs of
   * four types with packets, contexts and maps.
   */
  @ParameterizedTest
  @EnumSource(EngineName.class)
  void anAnswerIsTheRunningKernelsAnswer(EngineName engine) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("src/test/resources/batch/linux-6.18.txt"));
    List<String> requests = new ArrayList<>();
    lines.forEach(line -> requests.add(line.substring(0, line.indexOf('\t')) + " run=1"));
    List<JsonNode> answers = ask(engine, String.join("\n", requests));
    assertEquals(lines.size(), answers.size());
    int ran = 0;
    for (int i = 0; i < lines.size(); i++) {
      JsonNode want = JSON.readTree(lines.get(i).substring(lines.get(i).indexOf('\t') + 1));
      JsonNode got = answers.get(i);
      for (var field : want.properties()) {
        assertEquals(field.getValue(), got.path(field.getKey()), requests.get(i) + " -> " + got);
      }
      ran += want.has("retval") ? 1 : 0;
    }
    assertTrue(ran > 30, "only " + ran + " of the requests ran");
  }

  @Test
  void aRunAnswersTheResultAndThePacket() throws IOException {
    JsonNode answer =
        one("id=a type=xdp run=1 colour=red data=" + "ab".repeat(20) + " " + RETURN_2);
    assertTrue(answer.path("ok").asBoolean());
    assertEquals(2, answer.path("retval").asLong());
    assertEquals("ab".repeat(20), answer.path("data_out").asText());
  }

  @Test
  void aProgramIsOnlyRunWhenTheRequestSaysSo() throws IOException {
    assertFalse(one("id=a type=xdp " + RETURN_2).has("retval"));
  }

  @Test
  void aContextReachesTheProgram() throws IOException {
    String secondWord = "insns=79100800000000009500000000000000"; // r0 = *(u64 *)(r1 + 8)
    String context = " run=1 ctx=0000000000000000" + "2a00000000000000 ";
    for (String type : List.of("kprobe", "perf_event", "raw_tracepoint", "syscall", "tracepoint")) {
      JsonNode answer = one("id=" + type + " type=" + type + context + secondWord);
      assertEquals(42, answer.path("retval").asLong(), answer.toString());
    }
  }

  @Test
  void whatCannotRunSaysItsErrnoAndStaysAccepted() throws IOException {
    JsonNode answer = one("id=a type=xdp run=1 data=ab " + RETURN_2);
    assertTrue(answer.path("ok").asBoolean());
    assertEquals(22, answer.path("run").asInt());
    assertFalse(answer.has("retval"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "=",
        "id=a",
        "id=a insns=zz",
        "id=a insns=b7",
        "id=a type=foo " + RETURN_2,
        "id=a maps=array " + RETURN_2,
        "id=a maps=array:4:8:99999999999 " + RETURN_2,
        "id=a maps=array:4:1073741824:1000 " + RETURN_2,
        "id=a maps=array:4:-8:1 " + RETURN_2,
        "id=a maps=ringbuf:0:0:5 " + RETURN_2,
        "id=a maps=array_of_maps:4:4:1 " + RETURN_2,
        "id=a maps=foo:1:1:1 " + RETURN_2,
        "id=a repeat=-1 run=1 " + RETURN_2,
        "id=a insns=18110000050000000000000000000000b7000000020000009500000000000000",
        "\u0000\u0001"
      })
  void aHostileLineIsRefusedWithAWord(String line) throws IOException {
    List<JsonNode> answers = ask(EngineName.INTERP, line + "\nid=next type=xdp run=1 " + RETURN_2);
    assertEquals(2, answers.size());
    assertFalse(answers.get(0).path("ok").asBoolean());
    assertTrue(answers.get(0).path("err").asText().startsWith("E"), answers.toString());
    assertFalse(answers.get(0).path("log").asText().isEmpty());
    assertEquals(2, answers.get(1).path("retval").asLong());
  }

  @Test
  void noRandomLineEndsTheBatch() throws IOException {
    Random random = new Random(8);
    StringBuilder lines = new StringBuilder();
    List<String> keys = List.of("id", "type", "insns", "maps", "run", "data", "ctx", "license", "");
    for (int i = 0; i < 2_000; i++) {
      lines.append("id=").append(i);
      for (int word = random.nextInt(5); word >= 0; word--) {
        lines.append(' ').append(keys.get(random.nextInt(keys.size()))).append('=');
        for (int n = random.nextInt(40); n > 0; n--) {
          lines.append("0123456789abcdef:,arystxdp".charAt(random.nextInt(26)));
        }
      }
      lines.append('\n');
    }
    assertEquals(2_000, ask(EngineName.JIT, lines.toString()).size(), "seed 8");
  }

  @Test
  void commentsAndEmptyLinesAreNoRequests() throws IOException {
    assertEquals(1, ask(EngineName.JIT, "# words\n\n   \nid=a type=xdp " + RETURN_2).size());
  }

  private static JsonNode one(String line) throws IOException {
    return ask(EngineName.JIT, line).get(0);
  }

  private static List<JsonNode> ask(EngineName engine, String lines) throws IOException {
    StringWriter out = new StringWriter();
    VerifyBatch batch =
        new VerifyBatch(new VerifierOptions(1, false, VerifierOptions.KERNEL_LIMIT_INSNS), engine);
    batch.run(
        new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), new PrintWriter(out));
    List<JsonNode> answers = new ArrayList<>();
    try (Stream<String> texts = out.toString().lines()) {
      for (String text : texts.toList()) {
        answers.add(JSON.readTree(text));
      }
    }
    return answers;
  }
}
