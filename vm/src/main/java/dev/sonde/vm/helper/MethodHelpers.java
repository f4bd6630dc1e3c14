package dev.sonde.vm.helper;

import dev.sonde.vm.context.MethodContext;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;

/**
 * A method's arguments and result by number. The kernel gives these to fentry and fexit programs
 * only; here a kprobe program on a method has them.
 */
public final class MethodHelpers {
  private MethodHelpers() {}

  public static long getFuncArg(long context, long index, long toAddress) {
    int number = (int) index;
    boolean there = Integer.compareUnsigned(number, shownArguments(context)) < 0;
    RawMemory.putLong(
        toAddress, there ? RawMemory.getLong(context + MethodContext.argumentOffset(number)) : 0);
    return there ? 0 : -Errno.EINVAL;
  }

  public static long getFuncRet(long context, long toAddress) {
    boolean returned = RawMemory.getInt(context + MethodContext.KIND) == MethodContext.KIND_RETURN;
    RawMemory.putLong(
        toAddress, returned ? RawMemory.getLong(context + MethodContext.resultOffset()) : 0);
    return returned ? 0 : -Errno.EOPNOTSUPP;
  }

  public static long getFuncArgCnt(long context) {
    return RawMemory.getInt(context + MethodContext.ARGUMENT_COUNT);
  }

  private static int shownArguments(long context) {
    return Math.min((int) getFuncArgCnt(context), MethodContext.MAX_ARGUMENTS);
  }
}
