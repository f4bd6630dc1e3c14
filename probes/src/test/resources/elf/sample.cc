// A small library for tests, made with:
// g++ -shared -fPIC -O1 -fno-exceptions -nostdlib -Wl,--build-id=sha1 -Wl,-z,noseparate-code
//     sample.cc -o sample.so
namespace sonde {
struct Box {
  int depth;
  __attribute__((noinline)) int sink(int n);
};
volatile int seen;
__attribute__((noinline)) int Box::sink(int n) {
  char room[100];
  room[n & 63] = (char)n;
  asm volatile("" : : "r"(room) : "rbx", "r12", "memory");
  seen += room[5];
  return n > 0 ? sink(n - 1) + depth : seen;
}
}  // namespace sonde

extern "C" int sample_entry(int n) {
  sonde::Box box{3};
  __builtin_alloca(n);
  return box.sink(n) + 1;
}
