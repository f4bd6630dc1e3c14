package sample;

import java.util.concurrent.CountDownLatch;

/** A method that stays in its body as long as somebody else wants. */
public class Late {
  public void pass(CountDownLatch inside, CountDownLatch go) {
    inside.countDown();
    try {
      go.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
