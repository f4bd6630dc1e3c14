package dev.sonde.agent;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sonde.agent.session.SessionStatus;
import dev.sonde.agent.session.SessionStatus.ProgramStatus;
import dev.sonde.probes.AttachmentStatus;
import java.util.Map;

/** A session's status as it goes to the command line. */
final class SessionJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SessionJson() {}

  static ObjectNode of(SessionStatus status) {
    ObjectNode node = JSON.createObjectNode().put("session", status.name());
    ArrayNode programs = node.putArray("programs");
    status.programs().forEach(program -> programs.add(program(program)));
    ArrayNode probes = node.putArray("probes");
    status.probes().forEach(probe -> probes.add(probe(probe)));
    ArrayNode maps = node.putArray("maps");
    status.maps().forEach(map -> maps.add(map(map)));
    ArrayNode recorders = node.putArray("recorders");
    status.recorders().forEach(recorder -> recorders.add(recorder(recorder)));
    node.set("lost", counters(status.losses()));
    node.set("exported", counters(status.exports()));
    return node;
  }

  private static ObjectNode program(ProgramStatus program) {
    return JSON.createObjectNode()
        .put("name", program.name())
        .put("section", program.section())
        .put("engine", program.engine())
        .put("engine_why", program.engineWhy())
        .put("insns", program.insns())
        .put("verified_insns", program.processedInsns());
  }

  private static ObjectNode probe(AttachmentStatus probe) {
    ObjectNode node =
        JSON.createObjectNode()
            .put("program", probe.attachment().program().program().spec().name())
            .put("target", probe.attachment().target().toString())
            .put("matches", probe.matches())
            .put("run_cnt", probe.runCount())
            .put("run_time_ns", probe.runTimeNanos())
            .put("recursion_misses", probe.recursionMisses())
            .put("limited", probe.limited())
            .put("errors", probe.errors())
            .put("lost", probe.lost())
            .put("disabled", probe.disabled());
    node.set("near", JSON.valueToTree(probe.nearMatches()));
    node.set("warnings", JSON.valueToTree(probe.warnings()));
    node.set("refused", JSON.valueToTree(probe.refused()));
    return node;
  }

  private static ObjectNode map(SessionStatus.EventMapStatus map) {
    ObjectNode node = JSON.createObjectNode().put("name", map.name()).put("type", map.type());
    node.set("events", counters(map.outcomes()));
    node.set("lost", counters(map.losses()));
    return node;
  }

  private static ObjectNode recorder(SessionStatus.RecorderStatus recorder) {
    return JSON.createObjectNode()
        .put("name", recorder.name())
        .put("map", recorder.map())
        .put("dumps", recorder.dumps())
        .put("suppressed", recorder.suppressed())
        .put("last_trigger", recorder.lastTrigger())
        .put("last_file", recorder.lastFile());
  }

  private static ObjectNode counters(Map<String, Long> counters) {
    ObjectNode node = JSON.createObjectNode();
    counters.forEach(node::put);
    return node;
  }
}
