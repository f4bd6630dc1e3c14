package dev.sonde.agent.cli;

import dev.sonde.exporters.decode.RecordDecoder;
import dev.sonde.ringbuf.RecordHandler;
import dev.sonde.ringbuf.RingFile;
import dev.sonde.ringbuf.RingReader;
import dev.sonde.ringbuf.RingSignal;
import dev.sonde.ringbuf.RingSnapshot;
import dev.sonde.vm.btf.Btf;
import dev.sonde.vm.btf.BtfType;
import dev.sonde.vm.elf.ObjectReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "ring",
    description = "Read rings that lie in files, while the traced JVM only writes them.")
final class RingCommand implements Runnable {
  private static final int BATCH = 4096;
  private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a subcommand is missing, want cat");
  }

  @Command(
      name = "cat",
      description = "Print records as they come; of a ring that overwrites, what it holds now.")
  int cat(
      @Parameters(paramLabel = "FILE", description = "The file of objects.maps.file.") Path file,
      @Option(names = "--object", description = "The object file, for its types.")
          @Nullable Path object,
      @Option(names = "--type", description = "The struct of a record; without it, hex bytes.")
          @Nullable String type,
      @Option(
              names = {"-f", "--follow"},
              description = "Go on until it is interrupted.")
          boolean follow)
      throws IOException {
    RecordDecoder decoder = decoder(object, type);
    PrintWriter out = spec.commandLine().getOut();
    RecordHandler printer =
        (data, offset, length) -> out.println(text(data, offset, length, decoder));
    RingFile ring = RingFile.open(file);
    if (ring.overwrites()) {
      new RingSnapshot(ring.memory()).forEach(printer);
      out.flush();
      return 0;
    }
    RingReader reader = new RingReader(ring.memory(), RingSignal.foreign());
    do {
      // The wait is for a record that is being written, or was when its process died.
      while (reader.poll(printer, BATCH) > 0 || reader.await(WAIT_NANOS)) {
        out.flush();
      }
    } while (follow && !out.checkError() && !Thread.currentThread().isInterrupted());
    if (reader.abandoned() > 0) {
      PrintWriter err = spec.commandLine().getErr();
      err.printf("sonde: ring %s: %d records never committed%n", file, reader.abandoned());
      err.flush();
    }
    out.flush();
    return 0;
  }

  private @Nullable RecordDecoder decoder(@Nullable Path object, @Nullable String type)
      throws IOException {
    if (object == null && type == null) {
      return null;
    }
    if (object == null || type == null) {
      throw new ParameterException(
          spec.commandLine(), "got one of --object and --type, want both or none");
    }
    Btf btf = ObjectReader.read(object).btf();
    OptionalInt id = btf == null ? OptionalInt.empty() : btf.find(type, BtfType.Struct.class);
    if (btf == null || id.isEmpty()) {
      throw new IOException(
          "object %s: type \"%s\": got no such struct in its BTF, want one compiled with -g"
              .formatted(object, type));
    }
    return new RecordDecoder(btf, id.getAsInt());
  }

  private static String text(
      ByteBuffer data, int offset, int length, @Nullable RecordDecoder decoder) {
    byte[] bytes = new byte[length];
    data.get(offset, bytes);
    if (decoder == null) {
      return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }
    return decoder.decode(bytes).entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(" "));
  }
}
