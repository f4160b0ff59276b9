#include "mycel/base/parallel_for.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>

#include "mycel/base/settings.h"

#ifdef MYCEL_STD_THREADS
#include <thread>
#include <vector>
#else
extern "C" {
// libgomp's entry points, see its ABI manual ("Implementing PARALLEL construct").
void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_in_parallel(void);
}
#endif

namespace mycel {
namespace {

// libgomp hangs in a forked child: it waits for pool threads that no longer exist.
std::atomic<bool> forked_child{false};
[[maybe_unused]] const int fork_handler =
    pthread_atfork(nullptr, nullptr, [] { forked_child.store(true); });

thread_local bool stays_serial = false;

struct Work {
  int64_t size;
  void (*body)(void*, int64_t, int64_t);
  void* context;

  void run(int64_t part, int64_t parts) const {
    int64_t begin = size * part / parts, end = size * (part + 1) / parts;
    if (begin < end) body(context, begin, end);
  }
};

#ifdef MYCEL_STD_THREADS
thread_local bool inside = false;
bool in_parallel() { return inside; }
void run_on(const Work& work, int threads) {
  std::vector<std::thread> pool;
  for (int i = 1; i < threads; ++i) {
    pool.emplace_back([&work, i, threads] {
      inside = true;
      work.run(i, threads);
    });
  }
  inside = true;
  work.run(0, threads);
  inside = false;
  for (std::thread& thread : pool) thread.join();
}
#else
bool in_parallel() { return omp_in_parallel(); }
void run_on(const Work& work, int threads) {
  GOMP_parallel(
      [](void* data) {
        static_cast<const Work*>(data)->run(omp_get_thread_num(), omp_get_num_threads());
      },
      const_cast<Work*>(&work), static_cast<unsigned>(threads), 0);
}
#endif

bool must_be_serial() {
  return stays_serial || in_parallel() || forked_child.load(std::memory_order_relaxed);
}

}  // namespace

void stay_serial() { stays_serial = true; }

int max_threads() { return settings().threads; }

int library_threads() {
#ifdef MYCEL_STD_THREADS
  return 1;
#else
  return must_be_serial() ? 1 : max_threads();
#endif
}

void parallel_for_raw(int64_t size, int64_t grain, void (*body)(void*, int64_t, int64_t),
                      void* context) {
  if (size <= 0) return;
  int64_t parts = std::min<int64_t>(max_threads(), size / std::max<int64_t>(grain, 1));
  if (parts <= 1 || must_be_serial()) {
    body(context, 0, size);
    return;
  }
  run_on({size, body, context}, static_cast<int>(parts));
}

}  // namespace mycel
