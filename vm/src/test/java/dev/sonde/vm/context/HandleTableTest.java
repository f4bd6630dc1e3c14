package dev.sonde.vm.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class HandleTableTest {
  private final HandleTable table = new HandleTable(1);

  @Test
  void aHandleIsGoodUntilItsEventEnds() {
    long handle = table.add("object");
    assertSame("object", table.get(handle));
    table.clear();
    assertNull(table.get(handle));
    long next = table.add("next");
    assertNotEquals(handle, next);
    assertNull(table.get(handle), "of the event before");
    assertSame(HandleTable.NONE, table.resolve(handle));
  }

  @Test
  void aHandleNamesNothingOnAnotherCarrier() {
    HandleTable other = new HandleTable(2);
    for (int event = 0; event < 1000; event++) {
      long handle = table.add("here");
      other.add("there");
      assertNull(other.get(handle), "event " + event);
      table.clear();
      other.clear();
    }
  }

  @Test
  void handlesOfEveryTableAreTheirOwn() {
    for (int number : new int[] {0, 1, 511, 0x7fff, 0x8000, 0xffff}) {
      HandleTable one = new HandleTable(number);
      for (int i = 0; i < HandleTable.CAPACITY; i++) {
        assertSame("object", one.get(one.add("object")));
      }
      assertEquals(0, one.add("one more"), "a table is full at " + HandleTable.CAPACITY);
    }
  }

  @Test
  void nullIsZero() {
    assertEquals(0, table.add(null));
    assertNull(table.resolve(0));
  }
}
