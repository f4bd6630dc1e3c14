package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.AttachmentStatus;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodTarget;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Sonde uses the classes that are traced: that is no event of the application's. */
@SuppressWarnings("try") // a link that is only closed
class OwnWorkTest {
  private static final Attachment OTHER =
      new Attachment(Probes.nothing(), MethodTarget.parse("method/own.Loaded.*"));

  private final AtomicLong mine = new AtomicLong();

  /** Sees what this thread does in classes that weaving and reporting use all the time. */
  private Link attach() {
    Thread test = Thread.currentThread();
    JavaProgram program =
        JavaProgram.scalar(
            (slot, fields) -> Thread.currentThread() == test ? mine.incrementAndGet() : 0,
            new int[0]);
    List<Attachment> all =
        List.of(
            new Attachment(program, MethodTarget.parse("method/java.util.HashMap.*")),
            new Attachment(program, MethodTarget.parse("method/java.util.ArrayList.*")));
    return Probes.ATTACHER.attach(all);
  }

  @Test
  void attachingDetachingAndAskingAreNoEvents() {
    try (Link link = attach()) {
      Map<String, String> map = new HashMap<>();
      mine.set(0);
      map.put("key", "value");
      long ofOne = mine.get();
      assertTrue(ofOne > 0, "the application's own are events");
      mine.set(0);
      Link other = Probes.ATTACHER.attach(List.of(OTHER));
      other.status();
      other.close();
      List<AttachmentStatus> status = link.status();
      assertEquals(0, mine.get());
      long missed = status.get(0).recursionMisses();
      for (int i = 0; i < 100; i++) {
        link.status();
      }
      assertEquals(missed, link.status().get(0).recursionMisses(), "what is none is not missed");
      map.put("key", "other");
      assertTrue(mine.get() > 0, "its own are again");
    }
  }

  /** The class loader's own use of the maps is the same with and without a class to weave. */
  @Test
  void weavingAClassThatIsBeingLoadedIsNoEvent() {
    try (Link link = attach()) {
      load(); // the first of all
      long alone = load();
      try (Link other = Probes.ATTACHER.attach(List.of(OTHER))) {
        int before = other.status().get(0).matches();
        assertEquals(alone, load());
        assertEquals(1, other.status().get(0).matches() - before, "it is woven");
      }
    }
  }

  /** Returns how many events it is to load a class, in a loader of its own. */
  private long load() {
    Loader loader = new Loader();
    byte[] bytes = EmptyRun.bytes("own/Loaded");
    mine.set(0);
    loader.define(bytes);
    return mine.get();
  }

  private static final class Loader extends ClassLoader {
    Class<?> define(byte[] bytes) {
      return defineClass("own.Loaded", bytes, 0, bytes.length);
    }
  }
}
