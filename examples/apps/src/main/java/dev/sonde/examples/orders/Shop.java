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
  private static final int PRODUCTS = 10_000;
  // older ones are deleted, and as many are there from the start: the tables stay the same size
  private static final int KEPT_ORDERS = 10_000;
  private static final String[] CATEGORIES = {"books", "garden", "kitchen", "music", "tools"};

  private final Database database;
  private final AtomicLong nextOrder = new AtomicLong(KEPT_ORDERS + 1);

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
    database.update("CREATE INDEX product_by_price ON product(category, price)");
    database.update(
        "INSERT INTO customer SELECT x, 'Customer ' || x, 'City ' || MOD(x, 97) FROM SYSTEM_RANGE(1, "
            + CUSTOMERS
            + ")");
    for (int i = 0; i < CATEGORIES.length; i++) {
      database.update(
          "INSERT INTO product SELECT x, 'Product ' || x, '%s', MOD(x * 37, 9900) / 100.0 + 1, 1000000 FROM SYSTEM_RANGE(1, %d) WHERE MOD(x, %d) = %d"
              .formatted(CATEGORIES[i], PRODUCTS, CATEGORIES.length, i));
    }
    database.update(
        "INSERT INTO orders SELECT x, MOD(x, %d) + 1, CURRENT_TIMESTAMP, 20 FROM SYSTEM_RANGE(1, %d)"
            .formatted(CUSTOMERS, KEPT_ORDERS));
    database.update(
        "INSERT INTO order_line SELECT o.x, l.x, MOD(o.x * 3 + l.x, %d) + 1, 1, 10 FROM SYSTEM_RANGE(1, %d) o, SYSTEM_RANGE(1, 2) l"
            .formatted(PRODUCTS, KEPT_ORDERS));
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
          "INSERT INTO order_line VALUES("
              + id
              + ", "
              + line
              + ", "
              + product
              + ", 1, "
              + price
              + ")");
      lines.append(line > 1 ? "," : "").append(productAndPrice(product, price));
    }
    total = Math.round(total * 100) / 100.0;
    database.update("UPDATE product SET stock = stock - 1 WHERE id = " + products.get(0));
    database.update(
        "INSERT INTO orders VALUES("
            + id
            + ", "
            + customer
            + ", CURRENT_TIMESTAMP, "
            + total
            + ")");
    deleteOld(id);
    return "{\"order\":"
        + id
        + ",\"customer\":\""
        + name
        + "\",\"total\":"
        + total
        + ",\"lines\":["
        + lines
        + "]}";
  }

  private void deleteOld(long newest) throws SQLException {
    long old = newest - KEPT_ORDERS;
    database.update("DELETE FROM order_line WHERE order_id = " + old);
    database.update("DELETE FROM orders WHERE id = " + old);
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
    return "{\"customer\":\""
        + customerName(customer)
        + "\",\"orders\":["
        + String.join(",", orders)
        + "]}";
  }

  private static List<String> orderList(ResultSet rows) throws SQLException {
    List<String> orders = new ArrayList<>();
    while (rows.next()) {
      orders.add("{\"order\":" + rows.getLong(1) + ",\"total\":" + rows.getDouble(2) + "}");
    }
    return orders;
  }

  private record Product(String name, String category, double price, int stock) {}

  /** Returns one product, and those of its category at about its price, as JSON. */
  String product(int id) throws SQLException {
    Product product =
        database.query(
            "SELECT name, category, price, stock FROM product WHERE id = " + id,
            rows ->
                rows.next()
                    ? new Product(
                        rows.getString(1), rows.getString(2), rows.getDouble(3), rows.getInt(4))
                    : new Product("none", "none", 0, 0));
    return "{\"name\":\""
        + product.name
        + "\",\"category\":\""
        + product.category
        + "\",\"price\":"
        + product.price
        + ",\"stock\":"
        + product.stock
        + ",\"similar\":["
        + similar(product.category, product.price)
        + "]}";
  }

  private String similar(String category, double price) throws SQLException {
    return database.query(
        "SELECT id, price FROM product WHERE category = '"
            + category
            + "' AND price BETWEEN "
            + price
            + " AND "
            + (price + 10)
            + " ORDER BY price LIMIT 5",
        Shop::productList);
  }

  /** Returns the twenty cheapest products whose name has these letters in it, as JSON. */
  String search(String letters) throws SQLException {
    return "{\"found\":["
        + database.query(
            "SELECT id, price FROM product WHERE name LIKE '%"
                + letters.replace("'", "''")
                + "%' ORDER BY price, id LIMIT 20",
            Shop::productList)
        + "]}";
  }

  private static String productList(ResultSet rows) throws SQLException {
    List<String> products = new ArrayList<>();
    while (rows.next()) {
      products.add(productAndPrice(rows.getInt(1), rows.getDouble(2)));
    }
    return String.join(",", products);
  }

  private static String productAndPrice(int product, double price) {
    return "{\"product\":" + product + ",\"price\":" + price + "}";
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
