#include "mycel/data/data_loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <optional>
#include <thread>

#include "mycel/base/parallel_for.h"
#include "mycel/data/array_dataset.h"
#include "mycel/data/synthetic_digits.h"

namespace mycel::data {
namespace {

NDArray counting(int64_t n) {
  NDArray array = NDArray::empty(DType::kInt64, {n});
  for (int64_t i = 0; i < n; ++i) array.mutable_data<int64_t>()[i] = i;
  return array;
}

std::shared_ptr<ArrayDataset> counting_dataset(int64_t n) {
  return std::make_shared<ArrayDataset>(std::vector{counting(n)});
}

std::vector<std::vector<int64_t>> walk(DataLoader& loader) {
  std::vector<std::vector<int64_t>> batches;
  for (const Batch& batch : loader) {
    const auto* data = batch[0].data<int64_t>();
    batches.emplace_back(data, data + batch[0].size());
  }
  return batches;
}

TEST(DataLoader, GivesEveryItemOnceInOrder) {
  DataLoader loader(counting_dataset(7), {.batch_size = 3});
  EXPECT_EQ(loader.size(), 3);
  EXPECT_EQ(walk(loader), (std::vector<std::vector<int64_t>>{{0, 1, 2}, {3, 4, 5}, {6}}));
}

TEST(DataLoader, DropsTheLastSmallBatch) {
  DataLoader loader(counting_dataset(7), {.batch_size = 3, .drop_last = true});
  EXPECT_EQ(loader.size(), 2);
  EXPECT_EQ(walk(loader).size(), 2u);
}

TEST(DataLoader, TheOrderDependsOnSeedAndEpochAlone) {
  DataLoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 5};
  std::vector<std::vector<int64_t>> first, second;
  for (int64_t workers : {0, 1, 2, 5}) {
    options.num_workers = workers;
    DataLoader loader(counting_dataset(50), options);
    auto epoch0 = walk(loader), epoch1 = walk(loader);
    if (workers == 0) first = epoch0, second = epoch1;
    EXPECT_EQ(epoch0, first);
    EXPECT_EQ(epoch1, second);
    loader.set_epoch(0);
    EXPECT_EQ(walk(loader), first);
  }
  EXPECT_NE(first, second);
  options.seed = 6;
  DataLoader other(counting_dataset(50), options);
  EXPECT_NE(walk(other), first);
}

TEST(DataLoader, AShuffledEpochIsAPermutation) {
  DataLoader loader(counting_dataset(100), {.batch_size = 7, .shuffle = true});
  std::vector<int64_t> all;
  for (const auto& batch : walk(loader)) all.insert(all.end(), batch.begin(), batch.end());
  std::sort(all.begin(), all.end());
  for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(all[static_cast<size_t>(i)], i);
}

TEST(DataLoader, StacksEveryField) {
  NDArray rows = NDArray::empty(DType::kFloat32, {5, 2, 3});
  for (int64_t i = 0; i < rows.size(); ++i) rows.mutable_data<float>()[i] = static_cast<float>(i);
  auto dataset = std::make_shared<ArrayDataset>(std::vector{rows, counting(5)});
  DataLoader loader(dataset, {.batch_size = 4});
  Batch batch = loader.start().next().value_or(Batch());
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch[0].shape(), Shape({4, 2, 3}));
  EXPECT_EQ(batch[1].shape(), Shape({4}));
  EXPECT_EQ(batch[0].data<float>()[23], 23.0f);
}

TEST(DataLoader, AnEmptyDatasetHasNoBatches) {
  DataLoader loader(counting_dataset(0), {.batch_size = 3, .shuffle = true});
  EXPECT_EQ(loader.size(), 0);
  EXPECT_TRUE(walk(loader).empty());
}

// Raises for one item; slow, so that many batches are in flight.
class Failing final : public Dataset {
 public:
  int64_t size() const override { return 100; }
  const std::vector<Field>& fields() const override { return fields_; }
  void write(int64_t i, std::span<void* const> to) const override {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    if (i == 41) fail(Code::kValue, "item {} is bad", i);
    *static_cast<int64_t*>(to[0]) = i;
  }

 private:
  std::vector<Field> fields_ = {{DType::kInt64, {}}};
};

TEST(DataLoader, AnErrorSurfacesAtItsBatchAndEndsTheEpoch) {
  for (int64_t workers : {0, 1, 3}) {
    DataLoader loader(std::make_shared<Failing>(), {.batch_size = 10, .num_workers = workers});
    Epoch epoch = loader.start();
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(epoch.next().has_value());
    try {
      epoch.next();
      FAIL() << "raised nothing with " << workers << " workers";
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "item 41 is bad");
    }
    EXPECT_FALSE(epoch.next().has_value());
  }
}

TEST(DataLoader, IsDestroyedWhileThreadsWork) {
  for (int taken = 0; taken < 4; ++taken) {
    DataLoader loader(std::make_shared<SyntheticDigits>(10000),
                      {.batch_size = 8, .shuffle = true, .num_workers = 3});
    Epoch epoch = loader.start();
    for (int i = 0; i < taken; ++i) epoch.next();
  }
}

TEST(DataLoader, TwoEpochsMayRunAtOnce) {
  DataLoader loader(counting_dataset(20), {.batch_size = 2, .num_workers = 2});
  Epoch one = loader.start(), other = loader.start();
  for (int64_t i = 0; i < 10; ++i) {
    for (Epoch* epoch : {&one, &other}) {
      Batch batch = epoch->next().value_or(Batch());
      ASSERT_EQ(batch.size(), 1u);
      EXPECT_EQ(*batch[0].data<int64_t>(), 2 * i);
    }
  }
}

TEST(DataLoader, ThreadsThatShareAnEpochGetEachItemOnce) {
  for (int64_t workers : {0, 1, 3}) {
    DataLoader loader(counting_dataset(4000),
                      {.batch_size = 1, .shuffle = true, .num_workers = workers, .prefetch = 3});
    Epoch epoch = loader.start();
    std::vector<std::vector<int64_t>> taken(4);
    std::vector<std::thread> threads;
    for (auto& mine : taken) {
      threads.emplace_back([&epoch, &mine] {
        while (std::optional<Batch> batch = epoch.next())
          mine.push_back(*(*batch)[0].data<int64_t>());
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<int64_t> all;
    for (const auto& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
    std::sort(all.begin(), all.end());
    std::vector<int64_t> expected(4000);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(all, expected) << workers << " workers";
  }
}

TEST(DataLoader, AnErrorEndsTheEpochForAllThreadsThatShareIt) {
  for (int64_t workers : {0, 1, 3}) {
    DataLoader loader(std::make_shared<Failing>(), {.num_workers = workers});
    Epoch epoch = loader.start();
    std::atomic<int> errors{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        try {
          while (epoch.next()) continue;
        } catch (const Error&) {
          ++errors;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(errors, 1) << workers << " workers";
    EXPECT_FALSE(epoch.next().has_value());
  }
}

// Counts the threads that a parallel loop in an item runs on.
class Parallel final : public Dataset {
 public:
  int64_t size() const override { return 8; }
  const std::vector<Field>& fields() const override { return fields_; }
  void write(int64_t, std::span<void* const> to) const override {
    std::atomic<int64_t> parts{0};
    parallel_for(1000, 1, [&](int64_t, int64_t) { ++parts; });
    *static_cast<int64_t*>(to[0]) = parts;
  }

 private:
  std::vector<Field> fields_ = {{DType::kInt64, {}}};
};

TEST(DataLoader, ItsThreadsOpenNoParallelRegion) {
  DataLoader loader(std::make_shared<Parallel>(), {.num_workers = 2});
  for (const auto& batch : walk(loader)) EXPECT_EQ(batch, std::vector<int64_t>{1});
}

TEST(DataLoader, RefusesOptionsThatMakeNoSense) {
  auto refused = [](DataLoaderOptions options) {
    try {
      DataLoader loader(counting_dataset(3), options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused({.batch_size = 0}), "[DataLoader] expects batch_size >= 1, got 0");
  EXPECT_EQ(refused({.num_workers = -1}), "[DataLoader] expects num_workers >= 0, got -1");
  EXPECT_EQ(refused({.prefetch = 0}), "[DataLoader] expects prefetch >= 1, got 0");
  EXPECT_THROW(DataLoader(nullptr), Error);
}

TEST(ArrayDataset, RefusesArraysThatDoNotFit) {
  EXPECT_THROW(ArrayDataset({}), Error);
  EXPECT_THROW(ArrayDataset({NDArray::scalar(1.0f)}), Error);
  EXPECT_THROW(ArrayDataset({counting(3), counting(4)}), Error);
}

}  // namespace
}  // namespace mycel::data
