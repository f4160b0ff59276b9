// parallel_for: the only way to run a loop on several cores.
//
// Calls libgomp's GOMP_parallel directly, without pragmas, so that the kernel library and generated
// code share one thread pool under GCC and Clang alike (Clang would silently compile a pragma to
// one thread here). A build with MYCEL_STD_THREADS uses std::thread instead: ThreadSanitizer does
// not understand libgomp.
#pragma once

#include <cstdint>

namespace mycel {

// Calls `body(context, begin, end)` on disjoint ranges that cover [0, size), on up to
// `max_threads()` threads. Ranges depend on `size`, `grain` and the thread count only, so results
// are deterministic. A nested call, and a call in a forked child, runs on the calling thread.
// `grain` is the minimum number of iterations per thread. `body` must not throw.
void parallel_for_raw(int64_t size, int64_t grain, void (*body)(void*, int64_t, int64_t),
                      void* context);

template <class Body>
void parallel_for(int64_t size, int64_t grain, const Body& body) {
  parallel_for_raw(
      size, grain,
      [](void* context, int64_t begin, int64_t end) {
        (*static_cast<const Body*>(context))(begin, end);
      },
      const_cast<Body*>(&body));
}

int max_threads();

// Makes all later parallel_for calls of this thread run serially: for threads outside the pool,
// such as a data loader's.
void stay_serial();

// Returns the number of threads that a library built on libgomp may use when called here: 1 if
// parallel_for would run on the calling thread, and always 1 with MYCEL_STD_THREADS, which must not
// start libgomp's threads.
int library_threads();

}  // namespace mycel
