package dev.sonde.examples.demo;

import dev.sonde.exporters.profile.Profile;
import dev.sonde.exporters.symbol.Frame;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads collapsed stacks back. */
final class CollapsedFile {
  private CollapsedFile() {}

  static Profile read(Path file) throws IOException {
    List<Profile.Sample> samples = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      int space = line.lastIndexOf(' ');
      List<Frame> leafFirst = new ArrayList<>();
      for (String function : line.substring(0, space).split(";")) {
        leafFirst.add(0, new Frame(Frame.Kind.JAVA, function, null, 0));
      }
      samples.add(
          new Profile.Sample(leafFirst, Long.parseLong(line.substring(space + 1)), Map.of()));
    }
    return new Profile(file.toString(), "statements", "count", samples, 0, 0);
  }
}
