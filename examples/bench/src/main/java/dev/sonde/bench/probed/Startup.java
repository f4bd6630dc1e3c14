package dev.sonde.bench.probed;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/**
 * A small service on the JDK's HttpServer and H2, whose start is measured by {@code startup.sh}:
 * prints the CPU time of the whole process, its resident memory and when it was ready.
 */
public final class Startup {
  private static final String DATABASE = "jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1";
  private static final int ROWS = 1000;
  private static final int REQUESTS = 200;
  private static final int MOST = 2000;

  private Startup() {}

  /**
   * {@code Startup} starts, serves and ends; {@code Startup load} times the loading of one class;
   * {@code Startup hold} loads thousands and waits on stdin, watching for pauses.
   */
  public static void main(String[] mode) throws Exception {
    switch (mode.length == 0 ? "serve" : mode[0]) {
      case "load" -> load();
      case "hold" -> hold();
      default -> serve();
    }
  }

  private static void serve() throws Exception {
    fill();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] answer = answer().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    URL url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/").toURL();
    for (int i = 0; i < REQUESTS; i++) {
      url.openStream().readAllBytes();
      if (i == 0) {
        long started = ManagementFactory.getRuntimeMXBean().getStartTime();
        say("ready_ms", System.currentTimeMillis() - started);
      }
    }
    server.stop(0);
    say("rss_mib", resident() / 1024.0);
    com.sun.management.OperatingSystemMXBean system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    say("cpu_ms", system.getProcessCpuTime() / 1e6);
  }

  private static void fill() throws SQLException {
    try (Connection connection = DriverManager.getConnection(DATABASE);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE item(id INT PRIMARY KEY, name VARCHAR(40))");
      for (int i = 0; i < ROWS; i++) {
        statement.executeUpdate("INSERT INTO item VALUES(" + i + ", 'Item " + i + "')");
      }
    }
  }

  private static String answer() throws IOException {
    try (Connection connection = DriverManager.getConnection(DATABASE);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM item")) {
      rows.next();
      return rows.getString(1) + "\n";
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  private static long resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return 0;
  }

  /** The first class that is woven, or would be: its load and its first call. */
  private static void load() throws Exception {
    Class.forName("java.sql.Date"); // the way to load a class has been taken
    long begin = System.nanoTime();
    long result = Methods.work(1);
    say("load_ms", (System.nanoTime() - begin) / 1e6);
    Methods.ended(result);
  }

  private static void hold() throws Exception {
    fill();
    say("classes", loadAll());
    Thread watcher = new Thread(Startup::watch, "watcher");
    watcher.setDaemon(true);
    watcher.start();
    while (System.in.read() == '\n') {
      say("pause_ms", longest / 1e6);
      longest = 0;
    }
  }

  private static volatile long longest;

  /** Sleeps for 1 ms again and again: what comes late was stopped. */
  private static void watch() {
    while (true) {
      long begin = System.nanoTime();
      LockSupport.parkNanos(1_000_000);
      longest = Math.max(longest, System.nanoTime() - begin - 1_000_000);
    }
  }

  /** Loads 2,000 classes of H2 and of the JDK's XML, as far as they can be loaded here. */
  private static int loadAll() throws Exception {
    int loaded = 0;
    Path h2 =
        Path.of(
            Class.forName("org.h2.Driver")
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    try (ZipFile jar = new ZipFile(h2.toFile())) {
      for (String entry : jar.stream().map(Object::toString).toList()) {
        loaded += entry.startsWith("org/h2/") && loaded < MOST ? tryLoad(entry) : 0;
      }
    }
    Path xml = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/java.xml");
    try (Stream<Path> files = Files.walk(xml)) {
      for (String file : files.map(path -> xml.relativize(path).toString()).toList()) {
        loaded += file.startsWith("com/sun/org/apache/") && loaded < MOST ? tryLoad(file) : 0;
      }
    }
    return loaded;
  }

  private static int tryLoad(String file) {
    if (!file.endsWith(".class")) {
      return 0;
    }
    String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
    try {
      return Class.forName(name, false, Startup.class.getClassLoader()) == null ? 0 : 1;
    } catch (ClassNotFoundException | LinkageError optional) {
      return 0;
    }
  }

  private static void say(String name, double value) {
    System.out.println(name + " " + String.format(Locale.ROOT, "%.2f", value));
  }
}
