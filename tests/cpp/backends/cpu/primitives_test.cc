// Checks the CPU's kernels against the reference's plain loops, and both against results by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "mycel/backends/cpu/implementations.h"
#include "mycel/backends/reference/reference_backend.h"
#include "mycel/define/attribute_traits.h"

namespace mycel::backends {
namespace {

struct Options {
  int64_t dim = 0;
  bool descending = false;
  Ints dims = {};
  std::optional<int64_t> position = {};
  bool accumulate = false;
};

Options along(int64_t dim, bool descending = false) {
  Options options;
  options.dim = dim;
  options.descending = descending;
  return options;
}
Options at(Ints dims, bool accumulate = false, std::optional<int64_t> position = {}) {
  Options options;
  options.dims = std::move(dims);
  options.accumulate = accumulate;
  options.position = position;
  return options;
}

const ir::AttributeSchema& schema() {
  static const ir::AttributeSchema schema = [] {
    ir::AttributeSchema s;
    s.fields = {attribute_field(&Options::dim, "dim", "", {}),
                attribute_field(&Options::descending, "descending", "", {}),
                attribute_field(&Options::dims, "dims", "", {}),
                attribute_field(&Options::position, "position", "", {}),
                attribute_field(&Options::accumulate, "accumulate", "", {})};
    s.copy = [](const void* a) {
      return std::make_shared<Options>(*static_cast<const Options*>(a));
    };
    return s;
  }();
  return schema;
}

template <class T>
NDArray array_of(const Shape& shape, const std::vector<T>& values) {
  NDArray array = NDArray::empty(dtype_of<T>(), shape);
  for (size_t i = 0; i < values.size(); ++i) array.mutable_data<T>()[i] = values[i];
  return array;
}
template <class T>
std::vector<T> values_of(const NDArray& array) {
  NDArray dense = contiguous(array);
  return std::vector<T>(dense.data<T>(), dense.data<T>() + dense.size());
}
NDArray transposed(const NDArray& matrix) {
  return matrix.view({matrix.shape()[1], matrix.shape()[0]},
                     {matrix.strides()[1], matrix.strides()[0]}, matrix.offset());
}

Operand operand(const NDArray& array) { return {array.dtype(), array.shape(), array.strides()}; }

// One operation on host arrays; `outputs` have the right type and any strides.
struct Job {
  std::string op;
  Options options;
  std::vector<NDArray> inputs, outputs;

  Request request(const ir::OpDef& def) const {
    Request request{&def, ir::Attributes::borrow(schema(), &options), {}, {}};
    for (const NDArray& input : inputs) request.inputs.push_back(operand(input));
    for (const NDArray& output : outputs) request.outputs.push_back(operand(output));
    return request;
  }
  ir::OpDef definition() const {
    ir::OpDef def;
    def.name = op;
    return def;
  }

  std::vector<NDArray> run_cpu() const {
    ir::OpDef def = definition();
    KernelPtr kernel = cpu::implementations_of(op)[0]->prepare(request(def));
    NDArray scratch =
        NDArray::empty(DType::kUInt8, {static_cast<int64_t>(kernel->scratch_bytes())});
    std::vector<void*> buffers;
    for (const NDArray& input : inputs) buffers.push_back(input.raw());
    for (const NDArray& output : outputs) buffers.push_back(output.raw());
    kernel->run(buffers.data(), scratch.raw(), Stream{});
    return outputs;
  }

  std::vector<NDArray> run_reference() const {
    static const std::unique_ptr<Backend> owner = make_reference_backend();
    Backend& backend = *owner;
    ir::OpDef def = definition();
    KernelPtr kernel = backend.implementations(def)[0]->prepare(request(def));
    std::vector<NDArray> there;
    for (const NDArray& input : inputs) there.push_back(backend.to_device(input));
    for (const NDArray& output : outputs) there.push_back(backend.to_device(output));
    std::vector<void*> buffers;
    for (const NDArray& array : there) buffers.push_back(array.raw());
    kernel->run(buffers.data(), nullptr, backend.stream());
    std::vector<NDArray> results;
    for (size_t i = 0; i < outputs.size(); ++i) {
      results.push_back(backend.to_host(there[inputs.size() + i]));
    }
    return results;
  }
};

// Expects equal bits.
void expect_same(const std::vector<NDArray>& a, const std::vector<NDArray>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    NDArray x = contiguous(a[i]), y = contiguous(b[i]);
    ASSERT_EQ(std::memcmp(x.raw(), y.raw(), static_cast<size_t>(x.bytes())), 0) << "output " << i;
  }
}

void expect_backends_agree(const Job& job) {
  std::vector<NDArray> reference = job.run_reference();
  expect_same(job.run_cpu(), reference);
}

// Elements with many ties, both zeros and, for floats, NaN and infinities.
NDArray awkward(DType dtype, const Shape& shape) {
  NDArray array = NDArray::empty(dtype, shape);
  visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    uint64_t state = 1;
    for (int64_t i = 0; i < array.size(); ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      auto number = static_cast<int64_t>(state >> 33) % 401 - 200;
      T value;
      if constexpr (std::is_integral_v<T>) {
        value = static_cast<T>(number);
      } else {
        ComputeType<T> wide = static_cast<ComputeType<T>>(number) / 8;
        if (number % 10 == 1) wide = static_cast<ComputeType<T>>(NAN);
        if (number % 10 == 2) wide = number < 0 ? -INFINITY : INFINITY;
        if (number % 10 == 3) wide = number < 0 ? ComputeType<T>(-0.0) : ComputeType<T>(0);
        value = T(wide);
      }
      static_cast<T*>(array.raw())[i] = value;
    }
  });
  return array;
}

NDArray empty_like(const NDArray& array, DType dtype) {
  return NDArray::empty(dtype, array.shape());
}

TEST(Sort, IsStableAndPutsNaNLast) {
  NDArray x = array_of<float>({7}, {2, NAN, -0.0F, 0, 2, -INFINITY, 1});
  for (bool descending : {false, true}) {
    Job job{"sort",
            along(0, descending),
            {x},
            {empty_like(x, DType::kFloat32), empty_like(x, DType::kInt64)}};
    std::vector<int64_t> expected = descending ? std::vector<int64_t>{1, 0, 4, 6, 2, 3, 5}
                                               : std::vector<int64_t>{5, 2, 3, 6, 0, 4, 1};
    EXPECT_EQ(values_of<int64_t>(job.run_cpu()[1]), expected);
    EXPECT_EQ(values_of<int64_t>(job.run_reference()[1]), expected);
    EXPECT_EQ(std::signbit(values_of<float>(job.run_cpu()[0])[descending ? 4 : 1]), true);
  }
}

TEST(Sort, BackendsAgree) {
  for (int d = 0; d < kNumDTypes; ++d) {
    auto dtype = static_cast<DType>(d);
    for (const Shape& shape : {Shape{3, 5}, Shape{2, 300}, Shape{300, 2}, Shape{0, 3}, Shape{3, 0},
                               Shape{1, 1}, Shape{40, 70}}) {
      for (int64_t dim : {0, 1}) {
        NDArray x = awkward(dtype, shape);
        NDArray y = transposed(x);
        for (const NDArray& in : {x, y}) {
          Job job{"sort",
                  along(dim, dim == 0),
                  {in},
                  {empty_like(in, dtype), empty_like(in, DType::kInt64)}};
          expect_backends_agree(job);
        }
      }
    }
  }
}

TEST(Sort, NumbersAndStridedResults) {
  NDArray number = array_of<int32_t>({}, {7});
  Job job{"sort",
          along(-1),
          {number},
          {empty_like(number, DType::kInt32), empty_like(number, DType::kInt64)}};
  expect_backends_agree(job);
  EXPECT_EQ(values_of<int32_t>(job.run_cpu()[0]), std::vector<int32_t>{7});
  NDArray x = awkward(DType::kFloat64, {30, 90});
  Job strided{"sort",
              along(0),
              {x},
              {transposed(NDArray::empty(DType::kFloat64, {90, 30})),
               transposed(NDArray::empty(DType::kInt64, {90, 30}))}};
  expect_backends_agree(strided);
}

TEST(ScatterAdd, AddsRepeatedIndices) {
  NDArray base = array_of<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  NDArray index = array_of<int64_t>({2, 4}, {0, 0, 2, 1, 2, 2, 2, 2});
  NDArray source = array_of<int32_t>({2, 4}, {10, 20, 30, 40, 1, 1, 1, 1});
  Job job{"scatter_add", along(1), {base, index, source}, {empty_like(base, DType::kInt32)}};
  std::vector<int32_t> expected{31, 42, 33, 4, 5, 10};
  EXPECT_EQ(values_of<int32_t>(job.run_cpu()[0]), expected);
  EXPECT_EQ(values_of<int32_t>(job.run_reference()[0]), expected);
}

TEST(ScatterAdd, BackendsAgree) {
  for (int d = 0; d < kNumDTypes; ++d) {
    auto dtype = static_cast<DType>(d);
    for (DType of_index : {DType::kInt64, DType::kUInt8, DType::kInt16}) {
      NDArray index = NDArray::empty(of_index, {60, 130});
      visit_dtype(of_index, [&](auto tag) {
        using T = typename decltype(tag)::type;
        if constexpr (std::is_integral_v<T>) {
          for (int64_t i = 0; i < index.size(); ++i) {
            static_cast<T*>(index.raw())[i] = static_cast<T>(i * i % 7);
          }
        }
      });
      NDArray base = awkward(dtype, {70, 130}), source = awkward(dtype, {60, 130});
      for (int64_t dim : {0, 1}) {
        expect_backends_agree(
            {"scatter_add", along(dim), {base, index, source}, {empty_like(base, dtype)}});
        expect_backends_agree({"scatter_add",
                               along(dim),
                               {transposed(base), transposed(index), transposed(source)},
                               {transposed(empty_like(base, dtype))}});
      }
    }
  }
}

TEST(IndexPut, ReplacesOrAdds) {
  NDArray x = array_of<float>({4}, {1, 2, 3, 4});
  NDArray values = array_of<float>({3}, {10, 20, 30}), index = array_of<int64_t>({3}, {1, 1, -1});
  for (bool accumulate : {false, true}) {
    Job job{"index_put", at({0}, accumulate), {x, values, index}, {empty_like(x, DType::kFloat32)}};
    std::vector<float> expected =
        accumulate ? std::vector<float>{1, 32, 3, 34} : std::vector<float>{1, 20, 3, 30};
    EXPECT_EQ(values_of<float>(job.run_cpu()[0]), expected);
    EXPECT_EQ(values_of<float>(job.run_reference()[0]), expected);
  }
}

TEST(IndexPut, BackendsAgree) {
  struct Case {
    Shape x, values;
    Options options;
    std::vector<Shape> indices;
  };
  std::vector<Case> cases{
      {{50, 9}, {400, 9}, at({0}), {{400}}},
      {{4, 50}, {4, 7, 3}, at({1}), {{7, 3}}},
      {{6, 5, 4}, {3, 2, 4}, at({0, 1}), {{3, 1}, {2}}},
      {{6, 5, 4}, {3, 5}, at({0, 2}), {{3}, {1}}},
      {{6, 5, 4}, {5, 3}, at({0, 2}, false, 1), {{3}, {}}},
      {{6, 5, 40, 50}, {6, 40, 50}, at({1}, false, 0), {{}}},
      {{3, 4}, {0, 4}, at({0}), {{0}}},
      {{5}, {2, 3}, at({0}), {{2, 3}}},
  };
  for (Case& c : cases) {
    for (bool accumulate : {false, true}) {
      for (DType dtype : {DType::kFloat32, DType::kBFloat16, DType::kBool, DType::kUInt64}) {
        c.options.accumulate = accumulate;
        std::vector<NDArray> inputs{awkward(dtype, c.x), awkward(dtype, c.values)};
        for (const Shape& shape : c.indices) {
          NDArray index = NDArray::empty(DType::kInt32, shape);
          for (int64_t i = 0; i < index.size(); ++i) {
            index.mutable_data<int32_t>()[i] = static_cast<int32_t>(i * 5 % 7) % 4 - 2;
          }
          inputs.push_back(index);
        }
        expect_backends_agree({"index_put", c.options, inputs, {NDArray::empty(dtype, c.x)}});
      }
    }
  }
}

TEST(Scatter, IndicesOutOfRangeAreNamed) {
  NDArray x = array_of<float>({3}, {1, 2, 3}), one = array_of<float>({1}, {1});
  auto expect_error = [](const Job& job, const std::string& text) {
    for (bool reference : {false, true}) {
      try {
        reference ? job.run_reference() : job.run_cpu();
        FAIL();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::kIndex);
        EXPECT_EQ(error.what(), text);
      }
    }
  };
  expect_error(
      {"scatter_add", along(0), {x, array_of<int64_t>({1}, {3}), one}, {empty_like(x, x.dtype())}},
      "[scatter_add] expects indices in [0, 3), got 3");
  expect_error(
      {"index_put", at({0}), {x, one, array_of<int8_t>({1}, {-4})}, {empty_like(x, x.dtype())}},
      "[index_put] expects indices in [-3, 3), got -4");
  expect_error({"scatter_add",
                along(0),
                {x, array_of<uint64_t>({1}, {UINT64_MAX}), one},
                {empty_like(x, x.dtype())}},
               "[scatter_add] expects indices in [0, 3), got 18446744073709551615");
}

}  // namespace
}  // namespace mycel::backends
