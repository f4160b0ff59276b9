#include "mycel/data/data_loader.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "mycel/base/parallel_for.h"
#include "mycel/data/sampler.h"

namespace mycel::data {
namespace {

void check_at_least(const char* name, int64_t value, int64_t least) {
  if (value < least) {
    fail(Code::kValue, "[DataLoader] expects {} >= {}, got {}", name, least, value);
  }
}

Sampler sampler_for(const Dataset& dataset, const DataLoaderOptions& o, int64_t epoch) {
  return {dataset.size(), o.batch_size, o.drop_last, o.shuffle, o.seed, epoch};
}

}  // namespace

// Batch k waits in slot k % slots, so that batches are taken in order, whichever thread loads them.
class Epoch::Workers {
 public:
  Workers(std::shared_ptr<const Dataset> dataset, const DataLoaderOptions& options, int64_t epoch)
      : dataset_(std::move(dataset)),
        sampler_(sampler_for(*dataset_, options, epoch)),
        slots_(static_cast<size_t>(std::max<int64_t>(options.prefetch, 1))) {}

  // Not in the constructor: if a thread fails to start, the destructor must stop the earlier ones.
  void start(int64_t num_workers) {
    int64_t threads = std::min(num_workers, sampler_.num_batches());
    for (int64_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }

  ~Workers() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Whether this is a forked process's copy of an epoch, which lacks the threads.
  bool is_copy() const { return getpid() != process_; }

  std::optional<Batch> next() {
    if (threads_.empty()) return load_here();
    if (is_copy()) {
      if (at_end()) return std::nullopt;
      fail(Code::kRuntime,
           "[DataLoader] expects to be read by the process that began the epoch, got one that was "
           "forked from it; begin another epoch here");
    }
    std::optional<Slot> slot = take();
    if (!slot) return std::nullopt;
    if (slot->error) std::rethrow_exception(slot->error);
    return std::move(slot->batch);
  }

 private:
  struct Slot {
    bool ready = false;
    Batch batch;
    std::exception_ptr error;
  };

  Slot& slot(int64_t number) { return slots_[static_cast<size_t>(number) % slots_.size()]; }

  bool at_end() const { return failed_ || taken_ == sampler_.num_batches(); }

  std::optional<Batch> load_here() {
    int64_t number = 0;
    {
      std::lock_guard lock(mutex_);
      if (at_end()) return std::nullopt;
      number = taken_++;
    }
    try {
      return stack(*dataset_, sampler_.batch(number));
    } catch (...) {
      std::lock_guard lock(mutex_);
      failed_ = true;
      throw;
    }
  }

  // Takes the next batch; nothing at the end.
  std::optional<Slot> take() {
    Slot taken;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return at_end() || slot(taken_).ready; });
      if (at_end()) return std::nullopt;
      taken = std::exchange(slot(taken_), {});
      ++taken_;
      failed_ = taken.error != nullptr;
    }
    room_.notify_one();
    ready_.notify_all();  // threads that wait for the next batch or for the end
    return taken;
  }

  void work() {
    stay_serial();
    while (std::optional<int64_t> number = claim()) {
      Slot loaded{true, {}, nullptr};
      try {
        loaded.batch = stack(*dataset_, sampler_.batch(*number));
      } catch (...) {
        loaded.error = std::current_exception();
      }
      {
        std::lock_guard lock(mutex_);
        slot(*number) = std::move(loaded);
      }
      ready_.notify_one();
    }
  }

  // Waits for room, then returns the number of the next batch to load.
  std::optional<int64_t> claim() {
    std::unique_lock lock(mutex_);
    auto has_room = [&] { return claimed_ < taken_ + static_cast<int64_t>(slots_.size()); };
    room_.wait(lock, [&] { return stop_ || claimed_ == sampler_.num_batches() || has_room(); });
    if (stop_ || claimed_ == sampler_.num_batches()) return std::nullopt;
    return claimed_++;
  }

  pid_t process_ = getpid();
  std::shared_ptr<const Dataset> dataset_;
  Sampler sampler_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::vector<Slot> slots_;
  int64_t claimed_ = 0;  // batches that a worker has begun
  int64_t taken_ = 0;    // batches that consumers have taken
  bool failed_ = false;
  bool stop_ = false;
  std::vector<std::thread> threads_;  // last: they use the other members
};

Epoch::Epoch(std::shared_ptr<const Dataset> dataset, const DataLoaderOptions& options,
             int64_t number)
    : workers_(new Workers(std::move(dataset), options, number)) {
  workers_->start(options.num_workers);
}
Epoch::Epoch(Epoch&&) noexcept = default;
Epoch& Epoch::operator=(Epoch&&) noexcept = default;
Epoch::~Epoch() = default;

// A forked copy is never freed: its mutex may be locked by a thread that does not exist there.
void Epoch::Stop::operator()(Workers* workers) const {
  if (!workers->is_copy()) delete workers;
}

std::optional<Batch> Epoch::next() { return workers_->next(); }

int64_t num_batches(int64_t items, const DataLoaderOptions& options) {
  check_at_least("batch_size", options.batch_size, 1);
  check_at_least("num_workers", options.num_workers, 0);
  check_at_least("prefetch", options.prefetch, 1);
  return Sampler::num_batches(items, options.batch_size, options.drop_last);
}

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, DataLoaderOptions options)
    : dataset_(std::move(dataset)), options_(options) {
  if (!dataset_) fail(Code::kValue, "[DataLoader] expects a data set, got none");
  size();  // checks the options
}

}  // namespace mycel::data
