// As much of CUDA as the kernels use, on the host: the threads of a block are fibers that take turns
// between its barriers, in an order that the caller chooses; its blocks run one after the other.
// All in one thread of the system, so the same order gives the same bytes.

#pragma once

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <ucontext.h>

#include <memory>

struct Dimension {
  unsigned x;
};
Dimension threadIdx, blockIdx, blockDim, gridDim;

#define __global__
#define __device__ static
// In a section of its own, so that nobody finds there what the block before has left.
#define __shared__ static __attribute__((section("shared")))
#define __syncthreads() simulated::arrive(__LINE__)

static inline double __longlong_as_double(long long bits) {
  double number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

extern "C" char __start_shared[] __attribute__((visibility("hidden")));
extern "C" char __stop_shared[] __attribute__((visibility("hidden")));

namespace simulated {

using Word = long long;
using Kernel = void (*)(Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word);

constexpr unsigned THREADS = 1024;
constexpr size_t STACK_BYTES = 64 << 10;
constexpr int ENDED = 0;

struct Fiber {
  bool begun = false;
  int line = ENDED;  // of the barrier at which it waits
  jmp_buf here;
  ucontext_t beginning;
  std::unique_ptr<char[]> stack;
};

Fiber fibers[THREADS];
Fiber* running;
jmp_buf turns;
Kernel kernel;
const Word* given;

// The running fiber gives the turn back; it comes again. A jump, unlike swapcontext, asks nothing of
// the system, which would take longer than all else here.
__attribute__((noinline)) void arrive(int line) {
  running->line = line;
  if (!_setjmp(running->here)) _longjmp(turns, 1);
}

// Fibers begin once and then do one thread after the other.
void live() {
  for (;;) {
    const Word* a = given;
    kernel(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
    arrive(ENDED);
  }
}

void begin(Fiber& fiber) {
  fiber.begun = true;
  fiber.stack.reset(new char[STACK_BYTES]);
  getcontext(&fiber.beginning);
  fiber.beginning.uc_stack.ss_sp = fiber.stack.get();
  fiber.beginning.uc_stack.ss_size = STACK_BYTES;
  fiber.beginning.uc_link = nullptr;
  makecontext(&fiber.beginning, live, 0);
  setcontext(&fiber.beginning);
}

__attribute__((noinline)) void resume(unsigned thread) {
  running = &fibers[thread];
  threadIdx.x = thread;
  if (_setjmp(turns)) return;
  if (running->begun) _longjmp(running->here, 1);
  begin(*running);
}

// Threads that stand somewhere in a kernel shall not wake up in the next one.
bool forget() {
  for (Fiber& fiber : fibers) fiber.begun = false;
  return false;
}

// Whether all threads of a block came to the same barriers.
bool run_block(const Word* thread_order) {
  int line;
  memset(__start_shared, 0xff, __stop_shared - __start_shared);
  do {
    for (unsigned i = 0; i < blockDim.x; i++) resume(thread_order[i]);
    line = running->line;
    for (unsigned i = 0; i < blockDim.x; i++)
      if (fibers[i].line != line) return forget();
  } while (line != ENDED);
  return true;
}

}  // namespace simulated

// Whether the threads of every block kept together. `block_order` and `thread_order` are numbers from
// 0 on, as many as there are, in the order in which they are to have their turns.
extern "C" int launch(void* kernel, const simulated::Word* arguments, unsigned blocks,
                      const simulated::Word* block_order, unsigned threads,
                      const simulated::Word* thread_order) {
  simulated::kernel = reinterpret_cast<simulated::Kernel>(kernel);
  simulated::given = arguments;
  gridDim.x = blocks;
  blockDim.x = threads;
  for (unsigned i = 0; i < blocks; i++) {
    blockIdx.x = block_order[i];
    if (!simulated::run_block(thread_order)) return 0;
  }
  return 1;
}
