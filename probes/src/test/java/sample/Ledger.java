package sample;

/** Lines, arrays and a constructor where weaving easily goes wrong. */
public class Ledger {
  /** Something to be constructed first. */
  public static class Book {
    final long opened;

    Book(long opened) {
      this.opened = opened;
    }
  }

  /** Its constructor computes what its super call gets. */
  public static class Account extends Book {
    public long total;

    public Account(long a, long b) {
      super(a * b); // line SUPER
      total = opened; // line CONSTRUCTED
    }

    public void close() {
      total = 0;
    } // line CLOSED

    public long add(long n) {
      n += total;
      return n; // line ADDED
    }
  }

  /** Makes an object and an array before anything else does. */
  public static class Early {
    public static final Object BOOK = new Book(1);
    public static final Object COUNTS = new int[2];
  }

  public static final int SUPER = 19;
  public static final int CONSTRUCTED = 20;
  public static final int CLOSED = 25;
  public static final int ADDED = 29;
}
