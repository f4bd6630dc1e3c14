package dev.sonde.vm.isa;

/** How a disassembler learns the names of what is called. */
public interface CallNames {
  /** A source that knows no name. */
  CallNames UNKNOWN =
      new CallNames() {
        @Override
        public String helper(int id) {
          return "unknown";
        }

        @Override
        public String kfunc(int index) {
          return "unknown";
        }
      };

  /** Returns the name of the helper with the kernel's {@code id}. */
  String helper(int id);

  /** Returns the name of the program's kfunc number {@code index}. */
  String kfunc(int index);
}
