package dev.sonde.agent.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file that the target can open, for as long as this is open. */
public final class SharedFile implements AutoCloseable {
  private final Path inside;
  private final @Nullable Path copy;

  /**
   * @param inside the file as the target sees it
   * @param copy what was made for it, as we see it; null where the target sees our own
   */
  SharedFile(Path inside, @Nullable Path copy) {
    this.inside = inside;
    this.copy = copy;
  }

  /** Returns the file as the target sees it. */
  public Path inside() {
    return inside;
  }

  @Override
  public void close() throws IOException {
    if (copy != null) {
      Files.deleteIfExists(copy);
    }
  }
}
