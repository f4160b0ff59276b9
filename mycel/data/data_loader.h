// Loads batches of a data set ahead of use by threads, in order or shuffled.
#pragma once

#include <iterator>
#include <memory>
#include <optional>

#include "mycel/data/dataset.h"

namespace mycel::data {

struct DataLoaderOptions {
  int64_t batch_size = 1;
  bool shuffle = false;
  bool drop_last = false;  // drop a last batch that is smaller than the others
  uint64_t seed = 0;
  int64_t num_workers = 1;  // threads; 0 loads each batch on demand
  int64_t prefetch = 4;     // batches that may be loaded ahead
};

// The number of batches in an epoch over so many items. Raises ValueError for invalid options.
int64_t num_batches(int64_t items, const DataLoaderOptions& options);

// The batches of one epoch, in order. Destruction stops the threads.
class Epoch {
 public:
  Epoch(std::shared_ptr<const Dataset> dataset, const DataLoaderOptions& options, int64_t number);
  Epoch(Epoch&&) noexcept;
  Epoch& operator=(Epoch&&) noexcept;
  ~Epoch();

  // Returns the next batch; nothing after the last. Thread-safe: each batch goes to one caller.
  // Raises what the data set raised for an item of this batch, which ends the epoch. Raises
  // RuntimeError in a process that was forked after the epoch began, which lacks its threads.
  std::optional<Batch> next();

 private:
  class Workers;
  struct Stop {
    void operator()(Workers* workers) const;
  };
  std::unique_ptr<Workers, Stop> workers_;
};

// Each iteration over the loader is one epoch. The order depends only on the seed and the epoch's
// number, never on threads.
//
//   DataLoader loader(dataset, {.batch_size = 64, .shuffle = true});
//   for (const Batch& batch : loader) step(batch[0], batch[1]);
class DataLoader {
 public:
  // Raises ValueError for invalid options.
  explicit DataLoader(std::shared_ptr<const Dataset> dataset, DataLoaderOptions options = {});

  // The number of batches of an epoch.
  int64_t size() const { return num_batches(dataset_->size(), options_); }
  const Dataset& dataset() const { return *dataset_; }
  const DataLoaderOptions& options() const { return options_; }
  // The number of the next epoch; the first is 0.
  int64_t epoch() const { return next_epoch_; }
  void set_epoch(int64_t number) { next_epoch_ = number; }

  // Starts the next epoch.
  Epoch start() { return Epoch(dataset_, options_, next_epoch_++); }

  class Iterator {
   public:
    explicit Iterator(Epoch epoch) : epoch_(std::move(epoch)) { ++*this; }
    const Batch& operator*() const { return batch_; }
    Iterator& operator++() {
      std::optional<Batch> next = epoch_.next();
      at_end_ = !next;
      if (next) batch_ = std::move(*next);
      return *this;
    }
    bool operator!=(std::default_sentinel_t) const { return !at_end_; }

   private:
    Epoch epoch_;
    Batch batch_;
    bool at_end_ = false;
  };
  Iterator begin() { return Iterator(start()); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::shared_ptr<const Dataset> dataset_;
  DataLoaderOptions options_;
  int64_t next_epoch_ = 0;
};

}  // namespace mycel::data
