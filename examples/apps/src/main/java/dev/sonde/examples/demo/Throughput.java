package dev.sonde.examples.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * How fast the service is with and without tracing, measured in turns so that what else the machine
 * does hits both: the ratio is the median over pairs of neighbouring turns.
 */
final class Throughput {
  private final List<Double> untraced = new ArrayList<>();
  private final List<Double> traced = new ArrayList<>();

  void addPair(double untracedPerSecond, double tracedPerSecond) {
    untraced.add(untracedPerSecond);
    traced.add(tracedPerSecond);
  }

  double untracedPerSecond() {
    return median(untraced);
  }

  double tracedPerSecond() {
    return median(traced);
  }

  double ratio() {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < traced.size(); i++) {
      ratios.add(traced.get(i) / untraced.get(i));
    }
    return median(ratios);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
