package dev.sonde.examples.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * How fast the service is with and without tracing, measured in turns so that what else the machine
 * does hits both: the ratio is the median over pairs of neighbouring turns.
 */
final class Throughput {
  private final List<ServiceProcess.Run> untraced = new ArrayList<>();
  private final List<ServiceProcess.Run> traced = new ArrayList<>();

  void addPair(ServiceProcess.Run untracedTurn, ServiceProcess.Run tracedTurn) {
    untraced.add(untracedTurn);
    traced.add(tracedTurn);
  }

  double untracedPerSecond() {
    return median(untraced.stream().map(ServiceProcess.Run::statementsPerSecond).toList());
  }

  double tracedPerSecond() {
    return median(traced.stream().map(ServiceProcess.Run::statementsPerSecond).toList());
  }

  double untracedCpuMicros() {
    return cpuMicros(untraced);
  }

  double tracedCpuMicros() {
    return cpuMicros(traced);
  }

  /** CPU time of a statement: unlike the throughput it does not depend on what else runs. */
  private static double cpuMicros(List<ServiceProcess.Run> turns) {
    double seconds = turns.stream().mapToDouble(ServiceProcess.Run::cpuSeconds).sum();
    long statements = turns.stream().mapToLong(ServiceProcess.Run::statements).sum();
    return statements == 0 ? 0 : seconds * 1e6 / statements;
  }

  double ratio() {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < traced.size(); i++) {
      ratios.add(traced.get(i).statementsPerSecond() / untraced.get(i).statementsPerSecond());
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
