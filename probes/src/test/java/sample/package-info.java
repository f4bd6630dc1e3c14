/** What the tests trace: an application that knows nothing of Sonde. */
package sample;
