package dev.sonde.examples.orders;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * The in-memory database, a few pooled connections, and the exact number of statements executed.
 */
final class Database implements AutoCloseable {
  private static final String URL = "jdbc:h2:mem:orders;DB_CLOSE_DELAY=-1";

  /** Reads a result. */
  @FunctionalInterface
  interface Reading<T> {
    T read(ResultSet rows) throws SQLException;
  }

  private final BlockingQueue<Connection> pool = new LinkedBlockingQueue<>();
  private final LongAdder executed = new LongAdder();

  Database(int connections) throws SQLException {
    for (int i = 0; i < connections; i++) {
      pool.add(DriverManager.getConnection(URL));
    }
  }

  /** Returns how many SQL statements were executed, failed ones included. */
  long executed() {
    return executed.sum();
  }

  <T> T query(String sql, Reading<T> reading) throws SQLException {
    Connection connection = take();
    try (Statement statement = connection.createStatement()) {
      executed.increment();
      try (ResultSet rows = statement.executeQuery(sql)) {
        return reading.read(rows);
      }
    } finally {
      pool.add(connection);
    }
  }

  int update(String sql) throws SQLException {
    Connection connection = take();
    try (Statement statement = connection.createStatement()) {
      executed.increment();
      return statement.executeUpdate(sql);
    } finally {
      pool.add(connection);
    }
  }

  private Connection take() throws SQLException {
    try {
      return pool.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted while waiting for a connection", e);
    }
  }

  @Override
  public void close() throws SQLException {
    for (Connection connection : pool) {
      connection.close();
    }
  }
}
