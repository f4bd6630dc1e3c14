package dev.sonde.vm.elf;

/**
 * A program that was left out of a collection, because no program type here has its section.
 *
 * @param name the function's name
 * @param section such as {@code fentry/vfs_read} or {@code lsm/file_open}
 */
public record UnsupportedProgram(String name, String section) {
  /** Says why it was left out. */
  public String reason() {
    return "section \"" + section + "\": no type of program here begins like that";
  }
}
