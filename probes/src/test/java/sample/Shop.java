package sample;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Calls, allocations and lines, some of them in awkward places. */
public class Shop {
  /** Marks what the shop's owner wants to see. */
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Watched {}

  /** What is sold. */
  public interface Priced {
    long price(int pieces);
  }

  /** Something with a price. */
  public static class Item implements Priced {
    final String name;
    final long cents;

    public Item(String name, long cents) {
      this.name = name;
      this.cents = cents;
      if (cents < 0) {
        throw new IllegalArgumentException("negative");
      }
    }

    @Override
    public long price(int pieces) {
      return cents * pieces;
    }
  }

  /** A subclass whose super call's arguments are themselves objects made in branches. */
  @Watched
  public static class Offer extends Item {
    public Offer(boolean cheap) {
      super(cheap ? new String("cheap") : new StringBuilder("dear").toString(), cheap ? 1 : 99);
    }

    @Override
    public long price(int pieces) {
      return super.price(pieces) / 2;
    }

    public Offer self() {
      return this;
    }
  }

  /** Compares, by way of a bridge method. */
  public static class ByPrice implements Comparable<ByPrice> {
    @Override
    public int compareTo(ByPrice other) {
      return 0;
    }
  }

  public long sell(boolean offer, int pieces) {
    Item item = new Item(offer ? new String("offer") : "item", pieces > 1 ? 10L : 20L);
    return item.price(pieces);
  }

  @Watched
  public long total(int... pieces) {
    long sum = 0;
    for (int n : pieces) {
      sum += sell(n % 2 == 0, n);
    }
    return sum;
  }

  public Object arrays(int n) {
    int[] ints = new int[n];
    String[] strings = new String[n];
    long[][] longs = new long[n][2];
    List<Object> list = new ArrayList<>();
    list.add(ints);
    list.add(strings);
    list.add(longs);
    new Item("unused", 1);
    return list;
  }

  public String lines(int n) {
    Map<String, Integer> map = new TreeMap<>();
    for (int i = 0; i < n; i++) {
      map.put("k" + i, i); // line LOOP
    }
    Item item = new Item(n > 1 ? "many" : "few", n); // line NEW
    if (item.cents == 0) {
      return "none";
    }
    return map.toString();
  }

  public static final int LOOP = 94;
  public static final int NEW = 96;
}
