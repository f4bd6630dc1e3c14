package dev.sonde.vm.helper;

import dev.sonde.vm.context.CarrierSlot;
import dev.sonde.vm.context.OwnThreads;
import dev.sonde.vm.map.Errno;
import dev.sonde.vm.memory.RawMemory;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Where the instance fields of one class are, as far as programs have asked. Looking a field up may
 * load classes, with code of the application: that is done in a thread of Sonde's, while the traced
 * thread goes on.
 */
final class JavaFields {
  private static final ClassValue<JavaFields> BY_CLASS =
      new ClassValue<>() {
        @Override
        protected JavaFields computeValue(Class<?> type) {
          return new JavaFields(type);
        }
      };

  /** Longer names are of no field that anybody would trace. */
  private static final int MAX_NAME_BYTES = 128;

  private final Class<?> type;
  private volatile Entry[] entries = {};
  private volatile long askedAtNanos = System.nanoTime(); // until when questions are held back

  /**
   * A field that was asked for.
   *
   * @param name UTF-8
   * @param kind the first letter of its descriptor; {@code 0}: there is no such field
   */
  private record Entry(byte[] name, char kind, long offset) {}

  private JavaFields(Class<?> type) {
    this.type = type;
  }

  static JavaFields of(Class<?> type) {
    return BY_CLASS.get(type);
  }

  /** Stores the field's value; answers as the kfunc does. */
  long read(CarrierSlot slot, Object object, long nameAddress, long toAddress) {
    for (Entry entry : entries) {
      if (isName(entry.name, nameAddress)) {
        return read(slot, object, entry, toAddress);
      }
    }
    byte[] name = name(nameAddress);
    if (name.length == 0) {
      return -Errno.ENOENT;
    }
    ask(name);
    return -Errno.EAGAIN;
  }

  private static long read(CarrierSlot slot, Object object, Entry entry, long toAddress) {
    if (entry.kind == '0') {
      return -Errno.ENOENT;
    }
    long offset = entry.offset;
    long value =
        switch (entry.kind) {
          case 'Z' -> RawMemory.getByte(object, offset) & 1;
          case 'B' -> RawMemory.getByte(object, offset);
          case 'C' -> RawMemory.getShort(object, offset) & 0xffff;
          case 'S' -> RawMemory.getShort(object, offset);
          case 'I' -> RawMemory.getInt(object, offset);
          case 'F' -> RawMemory.getInt(object, offset) & 0xffff_ffffL;
          case 'J', 'D' -> RawMemory.getLong(object, offset);
          default -> slot.handles().add(RawMemory.getReference(object, offset));
        };
    RawMemory.putLong(toAddress, value);
    return 0;
  }

  private static boolean isName(byte[] name, long address) {
    for (int i = 0; i < name.length; i++) {
      if (RawMemory.getByte(address + i) != name[i]) {
        return false;
      }
    }
    return RawMemory.getByte(address + name.length) == 0;
  }

  /** Returns the bytes of the C string, none when it is too long. */
  private static byte[] name(long address) {
    int length = 0;
    while (length < MAX_NAME_BYTES && RawMemory.getByte(address + length) != 0) {
      length++;
    }
    return length == MAX_NAME_BYTES ? new byte[0] : RawMemory.read(address, length);
  }

  /** Finds the field and remembers where it is, or that there is none. In the resolver's thread. */
  private void resolve(byte[] name) {
    Field field = find(type, new String(name, StandardCharsets.UTF_8));
    Entry entry =
        field == null
            ? new Entry(name, '0', 0)
            : new Entry(
                name,
                field.getType().descriptorString().charAt(0),
                RawMemory.fieldOffset(field.getDeclaringClass(), field.getName()));
    add(entry);
  }

  private void add(Entry entry) {
    Entry[] grown = Arrays.copyOf(entries, entries.length + 1);
    grown[grown.length - 1] = entry;
    entries = grown;
  }

  /** Asks once in a while: each event that comes before the answer would ask again. */
  private void ask(byte[] name) {
    long now = System.nanoTime();
    if (now - askedAtNanos > 0) {
      askedAtNanos = now + 1_000_000;
      Resolver.INSTANCE.ask(new Question(this, name));
    }
  }

  private boolean isKnown(byte[] name) {
    return Arrays.stream(entries).anyMatch(entry -> Arrays.equals(entry.name, name));
  }

  private static @Nullable Field find(Class<?> type, String name) {
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      try {
        Field field = c.getDeclaredField(name);
        if (!Modifier.isStatic(field.getModifiers())) {
          return field;
        }
      } catch (NoSuchFieldException | LinkageError | TypeNotPresentException elsewhere) {
        continue; // a superclass may have it
      }
    }
    return null;
  }

  /** A field that is to be looked up. */
  private record Question(JavaFields fields, byte[] name) {
    void answer() {
      if (!fields.isKnown(name)) {
        fields.resolve(name);
      }
    }
  }

  /** The thread that looks fields up. It looks for questions: a wake-up call might block. */
  private static final class Resolver {
    static final Resolver INSTANCE = new Resolver();
    private static final long IDLE_NANOS = 20_000_000;

    private final ConcurrentLinkedQueue<Question> questions = new ConcurrentLinkedQueue<>();

    private Resolver() {
      OwnThreads.start("sonde-fields", this::run);
    }

    void ask(Question question) {
      questions.offer(question); // without a lock
    }

    private void run() {
      while (true) {
        Question question = questions.poll();
        if (question == null) {
          LockSupport.parkNanos(IDLE_NANOS);
        } else {
          answer(question);
        }
      }
    }

    private static void answer(Question question) {
      try {
        question.answer();
      } catch (RuntimeException | LinkageError e) {
        question.fields.add(new Entry(question.name, '0', 0)); // it cannot be looked into
      }
    }
  }
}
