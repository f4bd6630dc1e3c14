package dev.sonde.examples.orders;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** What the service does: its SQL. */
final class Shop {
  private static final int CUSTOMERS = 2_000;
  private static final int PRODUCTS = 4_000;
  private static final int KEPT_ORDERS =
      20_000; // older ones are deleted: the tables stay the same size
  private static final String[] CATEGORIES = {"books", "garden", "kitchen", "music", "tools"};

  private final Database database;
  private final AtomicLong nextOrder = new AtomicLong(1);

  Shop(Database database) throws SQLException {
    this.database = database;
    create();
  }

  private void create() throws SQLException {
    database.update(
        "CREATE TABLE customer(id INT PRIMARY KEY, name VARCHAR(60), city VARCHAR(40))");
    database.update(
        "CREATE TABLE product(id INT PRIMARY KEY, name VARCHAR(60), category VARCHAR(20),"
            + " price DECIMAL(10, 2), stock INT)");
    database.update(
        "CREATE TABLE orders(id BIGINT PRIMARY KEY, customer INT, placed TIMESTAMP, total DECIMAL(12, 2))");
    database.update(
        "CREATE TABLE order_line(order_id BIGINT, line INT, product INT, quantity INT, price DECIMAL(10, 2),"
            + " PRIMARY KEY(order_id, line))");
    database.update("CREATE INDEX orders_by_customer ON orders(customer, id)");
    database.update(
        "INSERT INTO customer SELECT x, 'Customer ' || x, 'City ' || MOD(x, 97) FROM SYSTEM_RANGE(1, "
            + CUSTOMERS
            + ")");
    for (int i = 0; i < CATEGORIES.length; i++) {
      database.update(
          "INSERT INTO product SELECT x, 'Product ' || x, '%s', MOD(x * 37, 9900) / 100.0 + 1, 1000000 FROM SYSTEM_RANGE(1, %d) WHERE MOD(x, %d) = %d"
              .formatted(CATEGORIES[i], PRODUCTS, CATEGORIES.length, i));
    }
  }

  int randomCustomer() {
    return 1 + ThreadLocalRandom.current().nextInt(CUSTOMERS);
  }

  /** Places an order of {@code products}, one of each; returns it as JSON. */
  String placeOrder(int customer, List<Integer> products) throws SQLException {
    String name = customerName(customer);
    long id = nextOrder.getAndIncrement();
    double total = 0;
    StringBuilder lines = new StringBuilder();
    int line = 0;
    for (int product : products) {
      double price = price(product);
      total += price;
      line++;
      database.update(
          "INSERT INTO order_line VALUES(%d, %d, %d, 1, %s)".formatted(id, line, product, price));
      lines.append(line > 1 ? "," : "");
      lines.append("{\"product\":%d,\"price\":%.2f}".formatted(product, price));
    }
    database.update("UPDATE product SET stock = stock - 1 WHERE id = " + products.get(0));
    database.update(
        "INSERT INTO orders VALUES(%d, %d, CURRENT_TIMESTAMP, %.2f)"
            .formatted(id, customer, total));
    deleteOld(id);
    return "{\"order\":%d,\"customer\":\"%s\",\"total\":%.2f,\"lines\":[%s]}"
        .formatted(id, name, total, lines);
  }

  private void deleteOld(long newest) throws SQLException {
    if (newest > KEPT_ORDERS) {
      long old = newest - KEPT_ORDERS;
      database.update("DELETE FROM order_line WHERE order_id = " + old);
      database.update("DELETE FROM orders WHERE id = " + old);
    }
  }

  private String customerName(int customer) throws SQLException {
    return database.query(
        "SELECT name, city FROM customer WHERE id = " + customer,
        rows -> rows.next() ? rows.getString(1) + ", " + rows.getString(2) : "nobody");
  }

  private double price(int product) throws SQLException {
    return database.query(
        "SELECT price FROM product WHERE id = " + product,
        rows -> rows.next() ? rows.getDouble(1) : 0);
  }

  /** Returns the last ten orders of a customer as JSON. */
  String ordersOf(int customer) throws SQLException {
    List<String> orders =
        database.query(
            "SELECT id, total FROM orders WHERE customer = "
                + customer
                + " ORDER BY id DESC LIMIT 10",
            Shop::orderList);
    return "{\"customer\":\"%s\",\"orders\":[%s]}"
        .formatted(customerName(customer), String.join(",", orders));
  }

  private static List<String> orderList(ResultSet rows) throws SQLException {
    List<String> orders = new ArrayList<>();
    while (rows.next()) {
      orders.add("{\"order\":%d,\"total\":%.2f}".formatted(rows.getLong(1), rows.getDouble(2)));
    }
    return orders;
  }

  /** Returns one product as JSON. */
  String product(int product) throws SQLException {
    return database.query(
        "SELECT name, category, price, stock FROM product WHERE id = " + product,
        rows ->
            rows.next()
                ? "{\"name\":\"%s\",\"category\":\"%s\",\"price\":%.2f,\"stock\":%d}"
                    .formatted(
                        rows.getString(1), rows.getString(2), rows.getDouble(3), rows.getInt(4))
                : "{}");
  }

  int randomProduct() {
    return 1 + ThreadLocalRandom.current().nextInt(PRODUCTS);
  }

  /** Runs report {@code number} of three, each of them deliberately slow; returns its row count. */
  int slowReport(int number) throws SQLException {
    return database.query(
        switch (Math.floorMod(number, 3)) {
          case 0 ->
              "SELECT p.category, COUNT(*), SUM(l.quantity * l.price) FROM order_line l"
                  + " JOIN product p ON p.id = l.product GROUP BY p.category ORDER BY 3 DESC";
          case 1 ->
              "SELECT name FROM product WHERE LOWER(name) LIKE '%duct 3%' AND REGEXP_LIKE(category, 'o+[kl]')"
                  + " ORDER BY price DESC, name";
          default ->
              "SELECT c.city, COUNT(o.id) FROM customer c LEFT JOIN orders o ON o.customer = c.id"
                  + " GROUP BY c.city ORDER BY 2 DESC";
        },
        Shop::count);
  }

  private static int count(ResultSet rows) throws SQLException {
    int count = 0;
    while (rows.next()) {
      count++;
    }
    return count;
  }
}
