package dev.sonde.examples.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * How fast the service is with and without tracing, measured in turns so that what else the machine
 * does hits both: the ratio is the median over pairs of neighbouring turns. Pairs in which one of
 * the two was still being compiled say which of them was further on, so they do not count, unless
 * too few others are there; which ones count is decided before their rates are looked at.
 */
final class Throughput {
  private static final double SETTLED = 0.10; // compiling for less than this part of a turn
  private static final int FEWEST = 3; // settled pairs, for a median

  private record Pair(ServiceProcess.Run untraced, ServiceProcess.Run traced) {
    boolean settled() {
      return Throughput.settled(untraced) && Throughput.settled(traced);
    }

    double ratio() {
      return traced.statementsPerSecond() / untraced.statementsPerSecond();
    }
  }

  private final List<Pair> pairs = new ArrayList<>();

  void addPair(ServiceProcess.Run untracedTurn, ServiceProcess.Run tracedTurn) {
    pairs.add(new Pair(untracedTurn, tracedTurn));
  }

  /** Returns whether its JVM hardly compiled in that run. */
  static boolean settled(ServiceProcess.Run run) {
    return run.compileSeconds() < SETTLED * run.seconds();
  }

  int pairs() {
    return pairs.size();
  }

  int settledPairs() {
    return (int) pairs.stream().filter(Pair::settled).count();
  }

  /** Returns whether the figures are of settled pairs alone; else they are of all. */
  boolean isSettled() {
    return settledPairs() >= FEWEST;
  }

  private List<Pair> counted() {
    return isSettled() ? pairs.stream().filter(Pair::settled).toList() : pairs;
  }

  private List<ServiceProcess.Run> untraced() {
    return counted().stream().map(Pair::untraced).toList();
  }

  private List<ServiceProcess.Run> traced() {
    return counted().stream().map(Pair::traced).toList();
  }

  double untracedPerSecond() {
    return median(untraced().stream().map(ServiceProcess.Run::statementsPerSecond).toList());
  }

  double tracedPerSecond() {
    return median(traced().stream().map(ServiceProcess.Run::statementsPerSecond).toList());
  }

  double untracedCpuMicros() {
    return cpuMicros(untraced());
  }

  double tracedCpuMicros() {
    return cpuMicros(traced());
  }

  /** CPU time of a statement: unlike the throughput it does not depend on what else runs. */
  private static double cpuMicros(List<ServiceProcess.Run> turns) {
    double seconds = turns.stream().mapToDouble(ServiceProcess.Run::cpuSeconds).sum();
    long statements = turns.stream().mapToLong(ServiceProcess.Run::statements).sum();
    return statements == 0 ? 0 : seconds * 1e6 / statements;
  }

  double ratio() {
    return median(counted().stream().map(Pair::ratio).toList());
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
