package dev.sonde.verifier.transfer;

/** What a frame was entered as, which says what its return value must be (V-22, V-122). */
public enum CallbackKind {
  /** The main program or a plain call. */
  NONE,
  /** A function that a helper calls while it runs; it answers 0 to go on or 1 to stop. */
  SYNC,
  /** A timer's function, which runs by itself and answers 0. */
  ASYNC
}
