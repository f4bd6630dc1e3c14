package dev.sonde.verifier.facts;

import java.util.BitSet;

/**
 * A natural loop that one conditional jump leaves and one insn counts, as the code alone shows it;
 * where the counter starts and what it is compared with is for the checker to find out.
 *
 * @param head first insn
 * @param backEdge the jump that goes back
 * @param test the jump that leaves the loop or stays in it
 * @param staysIfTaken whether the taken side of the test stays
 * @param counter the register that {@code step} changes and {@code test} compares
 * @param step the insn {@code counter += increment}, executed exactly once in each turn
 * @param stepsFirst whether the step comes before the test
 * @param insns all insns of the loop
 */
record LoopShape(
    int head,
    int backEdge,
    int test,
    boolean staysIfTaken,
    int counter,
    int step,
    int increment,
    boolean stepsFirst,
    BitSet insns) {}
