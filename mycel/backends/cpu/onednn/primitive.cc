#include "mycel/backends/cpu/onednn/primitive.h"

#include <array>
#include <atomic>
#include <mutex>
#include <new>

#include "mycel/backends/cpu/onednn/program.h"
#include "mycel/base/parallel_for.h"

extern "C" void omp_set_num_threads(int);  // of libgomp

namespace mycel::backends::onednn {
namespace {

// Sets the calling thread's count. A program must run with the count that it was made for.
void set_threads(int threads) { omp_set_num_threads(threads); }

// A program and a pool of frames for its calls.
class Runner {
 public:
  Runner(const Description& description, int threads)
      : program_((set_threads(threads), description)) {}
  ~Runner() {
    for (std::atomic<Program::Frame*>& spare : spares_) delete spare.load();
  }

  const Program& program() const { return program_; }

  void run(const Buffers& buffers, void* scratch) const {
    std::unique_ptr<Program::Frame> frame = take();
    frame->run(program_, buffers, scratch);
    give_back(std::move(frame));
  }

 private:
  std::unique_ptr<Program::Frame> take() const {
    for (std::atomic<Program::Frame*>& spare : spares_) {
      if (Program::Frame* frame = spare.exchange(nullptr, std::memory_order_acquire)) {
        return std::unique_ptr<Program::Frame>(frame);
      }
    }
    return std::make_unique<Program::Frame>(program_);
  }
  void give_back(std::unique_ptr<Program::Frame> used) const {
    Program::Frame* frame = used.release();
    for (std::atomic<Program::Frame*>& spare : spares_) {
      Program::Frame* empty = nullptr;
      if (spare.compare_exchange_strong(empty, frame, std::memory_order_release,
                                        std::memory_order_relaxed)) {
        return;
      }
    }
    delete frame;
  }

  Program program_;
  mutable std::array<std::atomic<Program::Frame*>, 4> spares_ = {};
};

struct AlignedDelete {
  void operator()(void* data) const { ::operator delete(data, std::align_val_t{64}); }
};

class PooledPrimitive final : public Primitive {
 public:
  explicit PooledPrimitive(const Description& description)
      : description_(description), threads_(library_threads()), pooled_(description, threads_) {}

  size_t scratch_bytes() const override { return pooled_.program().scratch_bytes(); }
  const std::string& implementation() const override { return pooled_.program().implementation(); }

  void run(const Buffers& buffers, void* scratch) const {
    bool pooled = threads_ == 1 || library_threads() == threads_;
    set_threads(pooled ? threads_ : 1);
    if (pooled) return pooled_.run(buffers, scratch);
    run_serially(buffers);
  }

 private:
  // For calls inside a parallel region or in a forked child. oneDNN splits its kernels over a fixed
  // number of threads that wait for each other, so such a call needs a program and scratch of its
  // own.
  void run_serially(const Buffers& buffers) const {
    std::call_once(once_, [this] { serial_ = std::make_unique<Runner>(description_, 1); });
    size_t bytes = serial_->program().scratch_bytes();
    std::unique_ptr<void, AlignedDelete> scratch(::operator new(bytes, std::align_val_t{64}));
    serial_->run(buffers, scratch.get());
  }

  Description description_;
  int threads_;
  Runner pooled_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<Runner> serial_;
};

}  // namespace

Answer query(const Description& description) {
  set_threads(library_threads());
  Answer answer;
  std::optional<Choice> choice = choose(description, &answer.reason);
  if (choice) answer.implementation = choice->desc.impl_info_str();
  return answer;
}

std::unique_ptr<Primitive> make(const Description& description) {
  return std::make_unique<PooledPrimitive>(description);
}

void execute(const Primitive& primitive, const Buffers& buffers, void* scratch) {
  static_cast<const PooledPrimitive&>(primitive).run(buffers, scratch);
}

}  // namespace mycel::backends::onednn
