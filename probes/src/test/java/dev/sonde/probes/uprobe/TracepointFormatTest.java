package dev.sonde.probes.uprobe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.NativeTarget;
import dev.sonde.probes.TracepointTarget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TracepointFormatTest {
  private static final int MUTANTS = 100_000;
  private static final String OPENAT =
      """
      name: sched_process_exec
      ID: 311
      format:
      \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
      \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

      \tfield:__data_loc char[] filename;\toffset:8;\tsize:4;\tsigned:0;
      \tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:1;
      \tfield:char comm[16];\toffset:16;\tsize:16;\tsigned:0;
      \tfield:unsigned long args[6];\toffset:32;\tsize:48;\tsigned:0;
      \tfield:const char * buf;\toffset:80;\tsize:8;\tsigned:0;

      print fmt: "filename=%s pid=%d field:x", __get_str(filename), REC->pid
      """;

  @TempDir Path folder;

  @Test
  void fieldsHaveTheirTypesPlacesAndSigns() {
    TracepointFormat format = TracepointFormat.parse("sched", OPENAT);
    assertEquals("sched_process_exec", format.name());
    assertEquals(311, format.id());
    assertEquals(7, format.fields().size());
    assertEquals(88, format.sizeBytes());
    TracepointFormat.Field filename = format.field("filename").orElseThrow();
    assertTrue(filename.dynamic() && filename.isText(), filename::toString);
    assertEquals(
        new TracepointFormat.Field("comm", "char", 16, 16, false, 16, ""),
        format.field("comm").orElseThrow());
    assertEquals(
        new TracepointFormat.Field("args", "unsigned long", 32, 48, false, 6, ""),
        format.field("args").orElseThrow());
    assertEquals("const char *", format.field("buf").orElseThrow().type());
    assertTrue(format.field("common_pid").orElseThrow().isCommon());
    assertTrue(format.field("pid").orElseThrow().signed());
  }

  @Test
  void theStructHasTheFieldsAtTheirPlaces() {
    String header = TracepointStruct.of(TracepointFormat.parse("sched", OPENAT)).header();
    assertEquals(
        """
        /* tracepoint sched/sched_process_exec: SEC("tracepoint/sched/sched_process_exec") */
        struct sonde_tp_sched_sched_process_exec {
        \t__u64 _common; /* not to be read */
        \t__u32 __data_loc_filename; /* 8: char */
        \t__s32 pid; /* 12: pid_t */
        \tchar comm[16]; /* 16: char[16] */
        \t__u64 args[6]; /* 32: unsigned long[6] */
        \t__u64 buf; /* 80: const char * */
        } __attribute__((preserve_access_index));
        """,
        header);
  }

  /** A C compiler puts every member of every struct of this kernel where the kernel has it. */
  @Test
  void aCompilerPutsTheMembersWhereTheKernelDoes() throws Exception {
    assumeTrue(Tracefs.running().isReadable(), "tracefs is not readable here");
    StringBuilder source = new StringBuilder("#include <linux/types.h>\n#include <stddef.h>\n");
    List<TracepointFormat> all = Tracefs.running().find(target("tracepoint/*/*"));
    for (TracepointFormat format : all) {
      source.append(TracepointStruct.of(format).header());
      String struct = TracepointStruct.nameOf(format.category(), format.name());
      for (TracepointFormat.Field field : format.fields()) {
        if (!field.isCommon() && field.sizeBytes() > 0) {
          source.append(
              "_Static_assert(offsetof(struct %s, %s) == %d, \"%s\");%n"
                  .formatted(struct, field.location() + field.name(), field.offsetBytes(), field));
        }
      }
    }
    Path file = Files.writeString(folder.resolve("all.c"), source.toString());
    Process gcc;
    try {
      gcc =
          new ProcessBuilder("gcc", "-w", "-fsyntax-only", file.toString())
              .redirectErrorStream(true)
              .start();
    } catch (IOException noCompiler) {
      abort("no C compiler here");
      return;
    }
    String out = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, gcc.waitFor(), out.lines().limit(10).toList()::toString);
    assertTrue(all.size() > 100, () -> all.size() + " tracepoints");
  }

  @Test
  void mutantsAreAResultOrAnError() {
    long seed = Long.getLong("sonde.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < MUTANTS; i++) {
      StringBuilder mutant = new StringBuilder(OPENAT);
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        int at = random.nextInt(mutant.length());
        switch (random.nextInt(3)) {
          case 0 -> mutant.setCharAt(at, (char) (random.nextInt(96) + 32));
          case 1 -> mutant.deleteCharAt(at);
          default -> mutant.insert(at, OPENAT, 0, 1 + random.nextInt(OPENAT.length()));
        }
      }
      try {
        TracepointStruct struct =
            TracepointStruct.of(TracepointFormat.parse("fuzz", mutant.toString()));
        if (i % 10 == 0) {
          struct.header();
        }
      } catch (IllegalArgumentException expected) {
        // says what was wanted
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + mutant, e);
      }
    }
  }

  @Test
  void tracepointsAreFoundByNameAndByGlob() throws Exception {
    Tracefs tracefs = tracefs();
    assertEquals(1, tracefs.find(target("tracepoint/sched/sched_process_exec")).size());
    assertEquals(2, tracefs.find(target("tp/sched/sched_*")).size());
    AttachException e =
        assertThrows(
            AttachException.class, () -> tracefs.find(target("tp/sched/sched_process_exit")));
    assertTrue(e.getMessage().contains("near it are sched_process_exec"), e::getMessage);
  }

  @Test
  void aTracefsThatIsNotMountedIsSaidWithTheCommand() {
    Tracefs none = new Tracefs(List.of(folder.resolve("nowhere")));
    AttachException e =
        assertThrows(AttachException.class, () -> none.find(target("tp/sched/sched_switch")));
    assertTrue(e.getMessage().contains("mount -t tracefs"), e::getMessage);
  }

  private Tracefs tracefs() throws Exception {
    for (String name : List.of("sched_process_exec", "sched_process_fork")) {
      Path event = Files.createDirectories(folder.resolve("events/sched").resolve(name));
      Files.writeString(event.resolve("format"), OPENAT.replace("sched_process_exec", name));
    }
    return new Tracefs(List.of(folder));
  }

  private static TracepointTarget target(String section) {
    return (TracepointTarget) NativeTarget.parse(section);
  }
}
