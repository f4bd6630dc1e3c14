package dev.sonde.probes.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sonde.probes.Attachment;
import dev.sonde.probes.Link;
import dev.sonde.probes.MethodFilter;
import dev.sonde.probes.MethodTarget;
import dev.sonde.vm.context.MethodContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The JVM's verifier accepts what is woven into a library of a thousand classes. */
@SuppressWarnings("try") // a link that is only closed
class WeaveEverythingTest {
  private static List<Attachment> everyKind(String packageGlob) {
    int[] all =
        IntStream.of(0, 1, 2, 3, 4, 5, 6, 7).map(MethodContext::argumentOffset).sorted().toArray();
    int[] exit = {
      MethodContext.resultOffset(), MethodContext.DURATION_NANOS, MethodContext.EXCEPTION
    };
    List<Attachment> attachments = new ArrayList<>();
    MethodFilter within = new MethodFilter(packageGlob, null, null, null);
    for (String kind : new String[] {"method", "methodret", "methodexc", "call", "alloc"}) {
      String target = kind.equals("alloc") ? "alloc/*" : kind + "/*.*";
      MethodTarget everything = MethodTarget.parse(target).withFilter(within);
      int[] offsets = kind.equals("call") || kind.equals("method") ? all : exit;
      attachments.add(new Attachment(JavaProgram.scalar((slot, fields) -> 0, offsets), everything));
    }
    attachments.add(
        new Attachment(
            JavaProgram.memory((slot, fields) -> 0, all),
            MethodTarget.parse("methodret/*.*").withFilter(within)));
    return attachments;
  }

  private static List<Class<?>> loadAll(Class<?> member, String prefix) throws IOException {
    String jar = member.getProtectionDomain().getCodeSource().getLocation().getPath();
    List<Class<?>> classes = new ArrayList<>();
    try (JarFile file = new JarFile(jar)) {
      for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
        String name = entries.nextElement().getName();
        if (name.startsWith(prefix) && name.endsWith(".class")) {
          load(name.substring(0, name.length() - 6).replace('/', '.'), classes);
        }
      }
    }
    return classes;
  }

  private static void load(String name, List<Class<?>> classes) {
    try {
      classes.add(Class.forName(name, false, WeaveEverythingTest.class.getClassLoader()));
    } catch (ClassNotFoundException | LinkageError missing) {
      return; // an optional dependency is absent
    }
  }

  @Test
  void aLibraryVerifiesWithProbesEverywhere() throws Exception {
    List<Class<?>> classes = loadAll(org.h2.Driver.class, "org/h2/");
    assertTrue(classes.size() > 800, classes.size() + " classes");
    try (Link link = Probes.ATTACHER.attach(everyKind("org.h2.*"))) {
      for (int i = 0; i < 6; i++) {
        assertEquals(List.of(), seriously(link.status().get(i).refused()));
        assertTrue(link.status().get(i).matches() > 700, link.status().get(i).toString());
      }
    }
  }

  /** Entries alone are woven in a way of their own. */
  @Test
  void soItDoesWithProbesAtEntriesAlone() throws Exception {
    loadAll(org.h2.Driver.class, "org/h2/");
    try (Link link = Probes.ATTACHER.attach(everyKind("org.h2.*").subList(0, 1))) {
      assertEquals(List.of(), seriously(link.status().get(0).refused()));
      assertTrue(link.status().get(0).matches() > 7000, link.status().get(0).toString());
      work("entries");
      assertTrue(link.status().get(0).runCount() > 10_000);
    }
  }

  @Test
  void theLibraryWorksWithProbesEverywhere() throws Exception {
    try (Link link = Probes.ATTACHER.attach(everyKind("org.h2.*"))) {
      work("woven");
      assertTrue(link.status().get(0).runCount() > 10_000);
    }
  }

  private static void work(String database) throws java.sql.SQLException {
    try (java.sql.Connection connection =
        java.sql.DriverManager.getConnection("jdbc:h2:mem:" + database)) {
      try (java.sql.Statement statement = connection.createStatement()) {
        statement.execute("create table t(id int primary key, name varchar)");
        for (int i = 0; i < 100; i++) {
          statement.execute("insert into t values(" + i + ", 'n" + i + "')");
        }
        try (java.sql.ResultSet rows =
            statement.executeQuery("select sum(id), count(name) from t where id < 50")) {
          rows.next();
          assertEquals(1225, rows.getLong(1));
          assertEquals(50, rows.getLong(2));
        }
      }
    }
  }

  /**
   * Classes whose optional dependencies are absent are refused with and without probes; the
   * parser's longest methods have no room for six.
   */
  private static List<String> seriously(List<String> refused) {
    return refused.stream()
        .filter(place -> !place.contains(": it is abstract") && !place.contains(": it is native"))
        .filter(place -> !place.contains(" as a lambda: "))
        .filter(place -> !place.endsWith(Unweavable.HUGE))
        .filter(place -> !place.matches("org.h2.*(JTSUtils|Lucene|Servlet|OsgiData|DbStarter).*"))
        .toList();
  }
}
