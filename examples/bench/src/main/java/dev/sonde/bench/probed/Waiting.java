package dev.sonde.bench.probed;

import java.io.IOException;

/** A JVM that does nothing but carry an agent, until its input ends. */
public final class Waiting {
  private Waiting() {}

  public static void main(String[] none) throws IOException {
    System.out.println("ready");
    System.in.transferTo(System.out);
  }
}
