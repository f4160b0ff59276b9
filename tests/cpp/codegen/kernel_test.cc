// Tests what kernels guarantee besides values: signatures, caches, threads, memory.
#include "mycel/codegen/kernel.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "mycel/codegen/cache.h"
#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

te::Computation row_sums(const Shape& shape) {
  te::Formula formula({{DType::kFloat32, to_dims(shape)}});
  auto axes = te::Formula::axes(to_dims(shape));
  te::Expr x = formula.input(0).at(axes);
  formula.output(DType::kFloat32, {axes[0]}, te::reduce(te::Reducer::kSum, {axes[1]}, x * x));
  return formula.take();
}

te::Computation scaled(int64_t n, double factor) {
  te::Formula formula({{DType::kFloat32, {n}}});
  auto axes = te::Formula::axes({n});
  formula.output(DType::kFloat32, axes, formula.input(0).at(axes) * factor);
  return formula.take();
}

KernelPtr compile_dense(const te::Computation& c, const Options& options = {}) {
  std::vector<NDArray> inputs;
  for (const te::Input& input : c.inputs) {
    inputs.push_back(NDArray::empty(input.dtype, to_shape(input.dims)));
  }
  return compile_for(c, inputs, results_of(c), options);
}

TEST(Kernel, OtherExtentsAndNumbersCompileNothing) {
  compile_dense(row_sums({5, 7}));
  compile_dense(scaled(10, 0.3));
  int64_t before = compiled_kernels();
  for (int64_t n : {2, 17, 100}) {
    for (int64_t m : {3, 64, 1000}) compile_dense(row_sums({n, m}));
    compile_dense(scaled(n, 0.1 * static_cast<double>(n) + 0.33));
  }
  EXPECT_EQ(compiled_kernels(), before);
}

TEST(Kernel, DescribesItself) {
  EXPECT_EQ(compile_dense(row_sums({5, 7}))->describe(), "generated: 1 nest, mul sum");
}

// Runs in a process of its own, as this one may have compiled anything before.
TEST(Kernel, CodeDoesNotDependOnWhatWasCompiledBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  te::Computation sums = row_sums({40, 300}), flat = scaled(100, 0.3);
  Layout matrix{{40, 300}, {300, 1}}, rows{{40}, {1}}, vector{{100}, {1}};
  Request request{&sums, {&matrix, 1}, {&rows, 1}};
  auto compile = [&] {
    std::string first = print_assembly(request);
    print_assembly({&flat, {&vector, 1}, {&vector, 1}});
    std::exit(print_assembly(request) == first ? 0 : 1);
  };
  EXPECT_EXIT(compile(), testing::ExitedWithCode(0), "");
}

TEST(Kernel, PrintsItsStages) {
  te::Computation c = scaled(100, 0.3);
  Layout layout{{100}, {1}};
  Request request{&c, {&layout, 1}, {&layout, 1}};
  EXPECT_NE(print_nest(request).find("parallel < "), std::string::npos);
  EXPECT_NE(print_llvm(request).find("define void @nest_"), std::string::npos);
  EXPECT_NE(print_assembly(request).find("nest_"), std::string::npos);
}

TEST(Kernel, RunsFromSeveralThreadsAtOnce) {
  te::Computation c = row_sums({40, 300});
  NDArray x = random_array(DType::kFloat32, {40, 300}, 1);
  NDArray expected = results_of(c)[0];
  KernelPtr kernel = compile_dense(c);
  run(*kernel, {x}, {expected});
  std::vector<std::thread> threads;
  std::vector<NDArray> results;
  for (int i = 0; i < 4; ++i) results.push_back(results_of(c)[0]);
  for (const NDArray& result : results) {
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) run(*kernel, {x}, {result});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const NDArray& result : results) EXPECT_EQ(difference(result, expected), 0);
}

TEST(Kernel, GivesTheSameBitsEveryTime) {
  te::Formula formula({{DType::kFloat32, {1000003}}});
  auto axes = te::Formula::axes({1000003});
  te::Expr x = formula.input(0).at(axes);
  formula.output(DType::kFloat32, {}, te::reduce(te::Reducer::kSum, axes, x));
  te::Computation c = formula.take();
  NDArray input = random_array(DType::kFloat32, {1000003}, 1);
  KernelPtr kernel = compile_dense(c, {0, 2});
  EXPECT_GT(kernel->scratch_bytes(), 0u);  // partial results of each thread
  NDArray first = results_of(c)[0], again = results_of(c)[0];
  run(*kernel, {input}, {first});
  for (int i = 0; i < 20; ++i) {
    run(*kernel, {input}, {again});
    EXPECT_EQ(*first.data<float>(), *again.data<float>());
  }
}

TEST(Kernel, CompilesSeveralRequests) {
  te::Computation a = scaled(50, 0.7), b = row_sums({3, 50});
  Layout vector{{50}, {1}}, matrix{{3, 50}, {50, 1}}, rows{{3}, {1}};
  Request requests[] = {{&a, {&vector, 1}, {&vector, 1}}, {&b, {&matrix, 1}, {&rows, 1}}};
  std::vector<KernelPtr> kernels = compile_all(requests);
  ASSERT_EQ(kernels.size(), 2u);
  NDArray x = random_array(DType::kFloat32, {50}, 1), y = NDArray::empty(DType::kFloat32, {50});
  run(*kernels[0], {x}, {y});
  EXPECT_FLOAT_EQ(y.data<float>()[7], x.data<float>()[7] * 0.7f);
}

class DiskCacheTest : public testing::Test {
 protected:
  DiskCacheTest() {
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("mycel_cache_{}", reinterpret_cast<uintptr_t>(this));
  }
  ~DiskCacheTest() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(DiskCacheTest, KeepsObjects) {
  DiskCache cache(directory_.string(), "1");
  EXPECT_FALSE(cache.read("key"));
  cache.write("key", std::string("ab\0c", 4));
  EXPECT_EQ(cache.read("key"), std::string("ab\0c", 4));
  EXPECT_FALSE(cache.read("other"));
  EXPECT_FALSE(DiskCache(directory_.string(), "2").read("key"));
}

TEST_F(DiskCacheTest, IgnoresDamage) {
  DiskCache cache(directory_.string(), "1");
  cache.write("key", "object");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
    if (!entry.is_regular_file()) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('x');
  }
  EXPECT_FALSE(cache.read("key"));
  cache.write("key", "object");
  EXPECT_EQ(cache.read("key"), "object");
}

TEST_F(DiskCacheTest, WithoutADirectoryKeepsNothing) {
  DiskCache cache("", "1");
  cache.write("key", "object");
  EXPECT_FALSE(cache.read("key"));
}

}  // namespace
}  // namespace mycel::codegen
