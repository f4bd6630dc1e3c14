package dev.sonde.agent.boot;

import java.io.File;
import java.util.Map;

/** Loads and verifies every class of a jar's archive on the JVM that runs it: {@code JAR}. */
public final class LinkCheck {
  private static final String SUFFIX = ".class";

  private LinkCheck() {}

  public static void main(String[] arguments) throws Exception {
    File jar = new File(arguments[0]);
    AgentClassLoader loader = new AgentClassLoader(jar);
    Map<String, byte[]> files = ArchivedFiles.of(jar);
    int classes = 0;
    for (String file : files.keySet()) {
      if (file.endsWith(SUFFIX)) {
        String name = file.substring(0, file.length() - SUFFIX.length()).replace('/', '.');
        classes++;
        try {
          Class.forName(name, false, loader).getDeclaredMethods(); // which links, as all JVMs do
        } catch (NoClassDefFoundError absent) { // libraries have optional parts
          if (files.containsKey(absent.getMessage() + SUFFIX)) {
            System.out.println(name + ": " + absent);
          }
        } catch (LinkageError | ReflectiveOperationException e) {
          System.out.println(name + ": " + e);
        }
      }
    }
    System.out.println(classes > 3_000 ? "all linked" : "only " + classes);
  }
}
