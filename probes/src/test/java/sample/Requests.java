package sample;

/** Something of an application that is traced within a request. */
public final class Requests {
  private Requests() {}

  public static int handle(int request) {
    return request + 1;
  }
}
