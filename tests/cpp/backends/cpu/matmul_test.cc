#include "mycel/backends/cpu/matmul.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "mycel/base/parallel_for.h"
#include "tests/cpp/backends/cpu/operands.h"

namespace mycel::backends::cpu {
namespace {

Job job(NDArray a, NDArray b) {
  size_t rank = std::max(a.rank(), b.rank());
  Shape shape(rank, 1);
  for (const NDArray* operand : {&a, &b}) {
    for (size_t i = 0; i + 2 < operand->rank(); ++i) {
      int64_t& extent = shape[i + rank - operand->rank()];
      extent = std::max(extent, operand->shape()[i]);
    }
  }
  shape[rank - 2] = a.shape()[a.rank() - 2];
  shape[rank - 1] = b.shape()[b.rank() - 1];
  Job job{library_matmul(), {}, {}, {a, b}, NDArray::empty(a.dtype(), shape)};
  job.def.infer = [shape, dtype = a.dtype()](const ir::Call&, ir::Types& out) {
    out = {ir::Type::tensor(dtype, to_dims(shape))};
  };
  return job;
}

// The element of a (possibly broadcast) operand for an index of the result.
double broadcast_element(const NDArray& array, const Ints& batch, int64_t row, int64_t column) {
  Ints index;
  for (size_t i = 0; i + 2 < array.rank(); ++i) {
    int64_t at = batch[i + batch.size() - (array.rank() - 2)];
    index.push_back(array.shape()[i] == 1 ? 0 : at);
  }
  index.push_back(row);
  index.push_back(column);
  return element(array, index);
}

void expect_product(const Job& job, double tolerance = 1e-5) {
  const NDArray &a = job.inputs[0], &b = job.inputs[1], &c = job.output;
  int64_t inner = a.shape().back(), rows = c.shape()[c.rank() - 2], columns = c.shape().back();
  for (int64_t i = 0; i < c.size(); ++i) {
    Ints index;
    for (size_t d = 0; d < c.rank(); ++d) {
      index.push_back(i / row_major(c.shape())[d] % c.shape()[d]);
    }
    Ints batch(index.begin(), index.end() - 2);
    int64_t row = i / columns % rows, column = i % columns;
    double sum = 0;
    for (int64_t k = 0; k < inner; ++k) {
      sum += broadcast_element(a, batch, row, k) * broadcast_element(b, batch, k, column);
    }
    ASSERT_NEAR(element(c, index), sum, tolerance * (1 + std::abs(sum))) << to_string(index);
  }
}

void check(NDArray a, NDArray b, double tolerance = 1e-5) {
  Job made = job(std::move(a), std::move(b));
  made.run();
  expect_product(made, tolerance);
}

NDArray transposed(const NDArray& x) {
  Shape shape = x.shape();
  Strides strides = x.strides();
  size_t rank = shape.size();
  std::swap(shape[rank - 2], shape[rank - 1]);
  std::swap(strides[rank - 2], strides[rank - 1]);
  return x.view(shape, strides, 0);
}

TEST(LibraryMatmul, MultipliesMatrices) {
  check(filled({64, 80}), filled({80, 50}));
  check(filled({1, 30}), filled({30, 1}));
}

TEST(LibraryMatmul, TakesTransposedOperandsAsTheyAre) {
  check(transposed(filled({80, 64})), filled({80, 50}));
  check(filled({64, 80}), transposed(filled({50, 80})));
  check(transposed(filled({80, 64})), transposed(filled({50, 80})));
}

TEST(LibraryMatmul, BroadcastsStacks) {
  check(filled({3, 8, 9}), filled({3, 9, 7}));
  check(filled({3, 8, 9}), filled({9, 7}));
  check(filled({2, 1, 8, 9}), filled({3, 9, 7}));
  check(transposed(filled({2, 3, 9, 8})), filled({2, 3, 9, 7}));
}

TEST(LibraryMatmul, AStackTimesOneMatrixIsOneProduct) {
  check(filled({2, 5, 8, 9}), filled({9, 7}));
  check(filled({2, 5, 1, 9}), transposed(filled({7, 9})));
  check(transposed(filled({2, 9, 8})), filled({9, 7}));  // its rows lie at no regular distance
  NDArray permuted = filled({2, 5, 8, 9}).view({5, 2, 8, 9}, {72, 360, 9, 1}, 0);
  check(permuted, filled({9, 7}));
}

int64_t scratch_of(const NDArray& a, const NDArray& b) {
  return static_cast<int64_t>(job(a, b).prepare()->scratch_bytes());
}

TEST(LibraryMatmul, ManyRowsThatDoNotMergeAreABatch) {
  NDArray part = filled({2, 70, 40}).view({2, 69, 40}, {2800, 40, 1}, 0);
  NDArray columns_first = transposed(filled({3, 40, 65}));
  NDArray some = filled({2, 6, 16, 40}).view({2, 5, 16, 40}, {3840, 640, 40, 1}, 0);
  for (const NDArray& a : {part, columns_first, some}) {
    for (const NDArray& b : {filled({40, 30}), transposed(filled({30, 40}))}) {
      check(a, b);
    }
  }
  NDArray large = filled({4, 201, 64}).view({4, 200, 64}, {12864, 64, 1}, 0);
  EXPECT_LT(scratch_of(large, filled({64, 32})), large.size() * 4);  // holds no copy
}

TEST(LibraryMatmul, FewRowsThatDoNotMergeAreCopied) {
  NDArray part = filled({20, 9, 40}).view({20, 8, 40}, {360, 40, 1}, 0);
  check(part, filled({40, 30}));
  EXPECT_GE(scratch_of(part, filled({40, 30})), part.size() * 4);
}

TEST(LibraryMatmul, CopiesWhatTheLibraryDoesNotTake) {
  NDArray rows = filled({16, 20});
  NDArray every_second = rows.view({8, 10}, {40, 2}, 0);
  NDArray repeated = rows.view({8, 10}, {0, 1}, 0);
  NDArray backwards = rows.view({8, 10}, {20, -1}, 9);
  for (const NDArray& a : {every_second, repeated, backwards}) {
    check(a, filled({10, 6}));
    check(filled({7, 8}), a);
  }
  NDArray heads = filled({2, 5, 3, 4}).view({2, 3, 5, 4}, {60, 4, 12, 1}, 0);
  check(heads, transposed(heads));
}

void check_outer_sum(const NDArray& a, const NDArray& b) {
  Shape shape{a.shape().back(), b.shape().back()};
  Job job{library_outer_sum(), {}, {}, {a, b}, NDArray::empty(a.dtype(), shape)};
  job.run();
  Shape rows(a.shape().begin(), a.shape().end() - 1);
  for (int64_t k = 0; k < shape[0]; ++k) {
    for (int64_t n = 0; n < shape[1]; ++n) {
      double sum = 0;
      for (int64_t i = 0; i < num_elements(rows); ++i) {
        Ints at;
        for (size_t d = 0; d < rows.size(); ++d) at.push_back(i / row_major(rows)[d] % rows[d]);
        at.push_back(k);
        double left = element(a, at);
        at.back() = n;
        sum += left * element(b, at);
      }
      ASSERT_NEAR(element(job.output, {k, n}), sum, 1e-5 * (1 + std::abs(sum)));
    }
  }
}

TEST(LibraryOuterSum, SumsOverAllRows) {
  check_outer_sum(filled({2, 5, 8}), filled({2, 5, 7}));
  check_outer_sum(filled({2, 3, 5, 8}), filled({2, 3, 5, 7}));
  check_outer_sum(filled({40, 8}), filled({40, 7}));
}

TEST(LibraryOuterSum, CopiesRowsThatDoNotMerge) {
  NDArray part = filled({3, 6, 8}).view({3, 5, 8}, {48, 8, 1}, 0);
  NDArray dense = filled({3, 5, 7});
  check_outer_sum(part, dense);
  check_outer_sum(dense, part);
  check_outer_sum(transposed(filled({3, 8, 5})), part);
}

TEST(LibraryMatmul, TakesBFloat16WhereTheMachineDoes) {
  NDArray a = filled(DType::kBFloat16, {64, 80}, {80, 1});
  NDArray b = filled(DType::kBFloat16, {80, 50}, {50, 1});
  EXPECT_EQ(job(a, b).declines().has_value(), !library_takes(DType::kBFloat16));
  if (library_takes(DType::kBFloat16)) check(a, b, 1e-2);
}

TEST(LibraryMatmul, SaysWhyItDeclines) {
  EXPECT_EQ(job(filled({64, 80}), filled({80, 50})).declines(), std::nullopt);
  EXPECT_EQ(job(filled({1, 80}), filled({80, 500})).declines(),
            "is slower than the generated kernel for a vector");
  EXPECT_EQ(job(filled({8, 8}), filled({8, 8})).declines(),
            "is slower than the generated kernel for so few elements");
  NDArray doubles = NDArray::empty(DType::kFloat64, {2, 2});
  EXPECT_EQ(job(doubles, doubles).declines(), "takes no float64");
  EXPECT_EQ(job(filled({2, 0}), filled({0, 3})).declines(), "takes no empty operands");
}

int64_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST(LibraryMatmul, SharesTheThreadsOfParallelFor) {
  parallel_for(1 << 20, 1, [](int64_t, int64_t) {});
  int64_t before = threads_of_this_process();
  check(filled({256, 64}), filled({64, 256}));
  EXPECT_EQ(threads_of_this_process(), before);
}

TEST(LibraryMatmul, RunsOnManyThreadsAtOnce) {
  Job shared = job(filled({32, 48}), filled({48, 40}));
  KernelPtr kernel = shared.prepare();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Job own = job(shared.inputs[0], shared.inputs[1]);
      for (int i = 0; i < 20; ++i) own.run(*kernel);
      expect_product(own);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(LibraryMatmul, RunsInsideAParallelRegionAndInAForkedChild) {
  Job made = job(transposed(filled({256, 64})), filled({256, 50}));
  KernelPtr kernel = made.prepare();
  made.run(*kernel);
  std::vector<Job> jobs;
  for (int i = 0; i < 4; ++i) jobs.push_back(job(made.inputs[0], made.inputs[1]));
  parallel_for(4, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) jobs[static_cast<size_t>(i)].run(*kernel);
  });
  for (const Job& one : jobs) expect_product(one);

  pid_t child = fork();
  if (child == 0) {
    made.run(*kernel);
    _exit(element(made.output, {1, 1}) == element(jobs[0].output, {1, 1}) ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace mycel::backends::cpu
