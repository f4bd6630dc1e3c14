package dev.sonde.ringbuf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The favour and the seats of a {@link ModelMemory}'s producers: each access a step of theirs. */
final class ModelFavour extends RingFavour {
  private final ModelMemory memory;
  private final List<RingSeat> seats;

  /** Makes one for two producers, of which the first is favoured. */
  ModelFavour(ModelMemory memory) {
    super(1);
    this.memory = memory;
    this.seats = List.of(new Seat(0), new Seat(1));
    show(seats.get(0));
  }

  RingSeat seatOf(int thread) {
    return seats.get(thread);
  }

  @Override
  @Nullable RingSeat seat() {
    int number = memory.favoured();
    return number == 0 ? null : seats.get(number - 1);
  }

  @Override
  void show(@Nullable RingSeat next) {
    memory.favour(next == null ? 0 : seats.indexOf(next) + 1);
  }

  @Override
  void awaitStores() {
    memory.awaitStores();
  }

  /** A thread's seat. */
  private final class Seat extends RingSeat {
    private final int thread;

    Seat(int thread) {
      this.thread = thread;
    }

    @Override
    void take() {
      memory.takeSeat(thread);
    }

    @Override
    public void leave() {
      memory.leaveSeat(thread);
    }

    @Override
    boolean isTaken() {
      return memory.isSeatTaken(thread);
    }
  }
}
