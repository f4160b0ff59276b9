// The one way to use several cores.
//
// It calls libgomp's GOMP_parallel directly, without pragmas, so that the kernel library and
// generated code share one thread pool under GCC and Clang alike (Clang would compile a pragma to
// one thread here without a word). A build with MYCEL_STD_THREADS uses std::thread instead: the
// thread sanitiser does not understand libgomp.
#pragma once

#include <cstdint>

namespace mycel {

// Calls `body(context, begin, end)` on disjoint ranges that cover [0, size), on up to
// `max_threads()` threads. Ranges depend on `size`, `grain` and the thread count only, so results
// are deterministic. A nested call, and a call in a forked child, runs on the calling thread.
// `grain`: the fewest iterations worth a thread. `body` must not throw.
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

// From now on parallel_for runs on the calling thread alone when this thread calls it: for threads
// that work beside the pool, such as a data loader's.
void stay_serial();

// How many threads a region opened here by a library that uses libgomp may have: 1 where
// parallel_for would run on the calling thread, and with MYCEL_STD_THREADS, which keeps libgomp's
// threads away.
int library_threads();

}  // namespace mycel
