// A small library for tests, made with:
// g++ -shared -fPIC -O1 -fno-exceptions -nostdlib -Wl,--build-id=sha1 -Wl,-z,noseparate-code
//     sample.cc -o sample.so
// clang++-14 --target=aarch64-linux-gnu -shared -fPIC -O1 -fno-exceptions -nostdlib
//     -fasynchronous-unwind-tables -fuse-ld=lld-14 -Wl,--build-id=sha1 sample.cc
//     -o sample-aarch64.so
#ifdef __aarch64__
#define SAVED "x19", "x20"
#else
#define SAVED "rbx", "r12"
#endif
namespace sonde {
struct Box {
  int depth;
  __attribute__((noinline)) int sink(int n);
};
volatile int seen;
__attribute__((noinline)) int Box::sink(int n) {
  char room[100];
  room[n & 63] = (char)n;
  asm volatile("" : : "r"(room) : SAVED, "memory");
  seen += room[5];
  return n > 0 ? sink(n - 1) + depth : seen;
}
}  // namespace sonde

extern "C" int sample_entry(int n) {
  sonde::Box box{3};
  __builtin_alloca(n);
  return box.sink(n) + 1;
}
