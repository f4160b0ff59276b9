#include "mycel/backends/cpu/conv.h"

#include <thread>

#include "mycel/backends/cpu/conv_by_matmul.h"
#include "tests/cpp/backends/cpu/operands.h"

namespace mycel::backends::cpu {
namespace {

struct Window {
  Ints stride = {1, 1};
  Ints padding = {0, 0, 0, 0};
  Ints dilation = {1, 1};
  int64_t groups = 1;
};

const ir::AttributeSchema& schema() {
  static const ir::AttributeSchema schema = [] {
    ir::AttributeSchema s;
    s.fields = {attribute_field(&Window::stride, "stride", "", {}),
                attribute_field(&Window::padding, "padding", "", {}),
                attribute_field(&Window::dilation, "dilation", "", {}),
                attribute_field(&Window::groups, "groups", "", {})};
    s.copy = [](const void* a) { return std::make_shared<Window>(*static_cast<const Window*>(a)); };
    return s;
  }();
  return schema;
}

// A convolution of given sizes, on which the three operations are checked.
struct Case {
  Shape input, weight;
  Window window = {};
  DType dtype = DType::kFloat32;
  bool channels_last = true;

  Shape output() const {
    Shape shape{input[0], weight[0]};
    for (size_t i = 0; i < 2; ++i) {
      int64_t reach = (weight[2 + i] - 1) * window.dilation[i] + 1;
      int64_t padded = input[2 + i] + window.padding[i] + window.padding[i + 2];
      shape.push_back((padded - reach) / window.stride[i] + 1);
    }
    return shape;
  }
  NDArray image(const Shape& shape) const {
    return filled(dtype, shape, channels_last ? mycel::channels_last(shape) : row_major(shape));
  }
  NDArray packed(const Shape& shape) const { return filled(dtype, shape, row_major(shape)); }
  Job job(const Implementation& implementation, std::vector<NDArray> inputs, NDArray out) const {
    Job made{implementation,
             {},
             ir::Attributes::borrow(schema(), &window).own(),
             std::move(inputs),
             std::move(out)};
    ir::Type type = ir::Type::tensor(dtype, to_dims(made.output.shape()));
    made.def.infer = [type](const ir::Call&, ir::Types& types) { types = {type}; };
    return made;
  }

  // Calls f with the index of an output element, an input element and a weight that meet.
  template <class F>
  void visit(const F& f) const {
    Shape out = this->output();
    int64_t outputs = weight[0] / window.groups;
    for (int64_t n = 0; n < out[0]; ++n)
      for (int64_t o = 0; o < out[1]; ++o)
        for (int64_t i = 0; i < out[2]; ++i)
          for (int64_t j = 0; j < out[3]; ++j)
            for (int64_t c = 0; c < weight[1]; ++c)
              for (int64_t k = 0; k < weight[2]; ++k)
                for (int64_t l = 0; l < weight[3]; ++l) {
                  int64_t h = i * window.stride[0] + k * window.dilation[0] - window.padding[0];
                  int64_t w = j * window.stride[1] + l * window.dilation[1] - window.padding[1];
                  if (h < 0 || w < 0 || h >= input[2] || w >= input[3]) continue;
                  f(Ints{n, o, i, j}, Ints{n, o / outputs * weight[1] + c, h, w}, Ints{o, c, k, l});
                }
  }
};

// Sums in row-major order, to compare with a result.
class Sums {
 public:
  explicit Sums(const NDArray& like) : like_(like), values_(static_cast<size_t>(like.size())) {}
  double& at(const Ints& index) {
    int64_t at = 0;
    for (size_t i = 0; i < index.size(); ++i) at += index[i] * row_major(like_.shape())[i];
    return values_[static_cast<size_t>(at)];
  }
  void expect(double tolerance) {
    Strides steps = row_major(like_.shape());
    for (int64_t i = 0; i < like_.size(); ++i) {
      Ints index;
      for (size_t d = 0; d < steps.size(); ++d) index.push_back(i / steps[d] % like_.shape()[d]);
      double sum = values_[static_cast<size_t>(i)];
      ASSERT_NEAR(element(like_, index), sum, tolerance * (1 + std::abs(sum))) << to_string(index);
    }
  }

 private:
  NDArray like_;
  std::vector<double> values_;
};

void check(const Case& c) {
  double tolerance = c.dtype == DType::kFloat32 ? 1e-5 : 2e-2;
  NDArray x = c.image(c.input), w = c.packed(c.weight), g = c.image(c.output());
  NDArray bias = c.packed({c.weight[0]});
  Job forward = c.job(library_conv2d(), {x, w, bias}, c.image(c.output()));
  Job without = c.job(library_conv2d(), {x, w, NDArray()}, c.image(c.output()));
  Job input = c.job(library_conv2d_input_gradient(), {g, w}, c.image(c.input));
  Job weight = c.job(library_conv2d_weight_gradient(), {x, g}, c.packed(c.weight));
  Sums forward_sums(forward.output), without_sums(without.output), input_sums(input.output),
      weight_sums(weight.output);
  c.visit([&](const Ints& out, const Ints& in, const Ints& at) {
    double product = element(x, in) * element(w, at);
    forward_sums.at(out) += product;
    without_sums.at(out) += product;
    input_sums.at(in) += element(g, out) * element(w, at);
    weight_sums.at(at) += element(g, out) * element(x, in);
  });
  Strides steps = row_major(c.output());
  for (int64_t i = 0; i < g.size(); ++i) {
    Ints index;
    for (size_t d = 0; d < 4; ++d) index.push_back(i / steps[d] % c.output()[d]);
    forward_sums.at(index) += element(bias, {index[1]});
  }
  bool taken = library_takes(c.dtype);
  for (Job* job : {&forward, &without, &input, &weight}) {
    EXPECT_EQ(job->declines().has_value(), !taken) << job->declines().value_or("");
    if (taken) job->run();
  }
  if (!taken) return;
  if (c.window.groups == 1 && c.dtype == DType::kFloat32) {
    Job other = c.job(conv2d_input_gradient_by_matmul(), {g, w}, c.image(c.input));
    other.run();
    Sums same(other.output);
    c.visit([&](const Ints& out, const Ints& in, const Ints& at) {
      same.at(in) += element(g, out) * element(w, at);
    });
    same.expect(tolerance);
  }
  forward_sums.expect(tolerance);
  without_sums.expect(tolerance);
  input_sums.expect(tolerance);
  weight_sums.expect(tolerance);
}

TEST(LibraryConv, OfChannelsLastImages) {
  check({{2, 3, 9, 8}, {5, 3, 3, 3}});
  check({{1, 20, 8, 8}, {50, 20, 5, 5}});
  check({{2, 1, 28, 28}, {6, 1, 5, 5}});
  check({{3, 4, 1, 1}, {2, 4, 1, 1}});
}

TEST(LibraryConv, OfRowMajorImages) {
  Case c{{2, 3, 9, 8}, {5, 3, 3, 3}};
  c.channels_last = false;
  check(c);
}

TEST(LibraryConv, WithStridesPaddingAndDilation) {
  check({{2, 3, 9, 8}, {4, 3, 3, 2}, {{2, 1}, {1, 1, 1, 1}, {1, 1}, 1}});
  check({{2, 3, 9, 8}, {4, 3, 2, 3}, {{1, 2}, {0, 2, 1, 1}, {2, 1}, 1}});
  check({{1, 2, 7, 7}, {4, 2, 3, 3}, {{3, 3}, {0, 0, 0, 0}, {1, 1}, 1}});
}

TEST(LibraryConv, OfGroups) {
  check({{2, 4, 6, 5}, {6, 2, 3, 3}, {{1, 1}, {1, 1, 1, 1}, {1, 1}, 2}});
  check({{2, 16, 6, 5}, {16, 1, 3, 3}, {{1, 1}, {1, 1, 1, 1}, {1, 1}, 16}});
}

TEST(LibraryConv, TakesBFloat16WhereTheMachineDoes) {
  Case c{{2, 16, 6, 6}, {16, 16, 3, 3}};
  c.dtype = DType::kBFloat16;
  check(c);
}

TEST(ConvByMatmul, IsForNumbersOfChannelsThatLeaveVectorsEmpty) {
  auto declines = [](const Case& c) {
    Job job = c.job(conv2d_input_gradient_by_matmul(), {c.image(c.output()), c.packed(c.weight)},
                    c.image(c.input));
    return job.declines();
  };
  EXPECT_EQ(declines({{64, 20, 12, 12}, {50, 20, 5, 5}}), std::nullopt);
  EXPECT_EQ(declines({{16, 64, 14, 14}, {64, 64, 3, 3}}), "is slower than the direct convolution");
  EXPECT_EQ(declines({{2, 4, 6, 5}, {6, 2, 3, 3}, {{1, 1}, {1, 1, 1, 1}, {1, 1}, 2}}),
            "takes no groups");
}

TEST(ConvByMatmul, TakesManyImagesAFewAtATime) {
  Case c{{26, 20, 28, 28}, {3, 20, 5, 5}};
  std::vector<NDArray> inputs = {c.image(c.output()), c.packed(c.weight)};
  Job one = c.job(conv2d_input_gradient_by_matmul(), inputs, c.image(c.input));
  Job other = c.job(library_conv2d_input_gradient(), inputs, c.image(c.input));
  one.run();
  other.run();
  for (int64_t i = 0; i < one.output.size(); ++i) {
    ASSERT_NEAR(one.output.data<float>()[i], other.output.data<float>()[i], 1e-4);
  }
}

TEST(LibraryConv, CopiesARepeatedGradient) {
  Case c{{2, 3, 5, 5}, {4, 3, 3, 3}};
  NDArray ones = filled({1}).view(c.output(), {0, 0, 0, 0}, 0);
  NDArray x = c.image(c.input);
  Job job = c.job(library_conv2d_weight_gradient(), {x, ones}, c.packed(c.weight));
  Sums sums(job.output);
  c.visit([&](const Ints&, const Ints& in, const Ints& at) { sums.at(at) -= element(x, in); });
  job.run();
  sums.expect(1e-5);
}

TEST(LibraryConv, SaysWhyItDeclines) {
  Case c{{2, 3, 5, 5}, {4, 3, 3, 3}};
  NDArray x = NDArray::empty(DType::kFloat64, c.input),
          w = NDArray::empty(DType::kFloat64, c.weight);
  EXPECT_EQ(c.job(library_conv2d(), {x, w, NDArray()}, c.image(c.output())).declines(),
            "takes no float64");
  Case empty{{0, 3, 5, 5}, {4, 3, 3, 3}};
  EXPECT_EQ(empty
                .job(library_conv2d(), {empty.image(empty.input), empty.packed(empty.weight)},
                     empty.image(empty.output()))
                .declines(),
            "takes no empty operands");
}

TEST(LibraryConv, RunsOnManyThreadsAtOnce) {
  Case c{{4, 8, 10, 10}, {16, 8, 3, 3}};
  NDArray x = c.image(c.input), g = c.image(c.output());
  Job first = c.job(library_conv2d_weight_gradient(), {x, g}, c.packed(c.weight));
  KernelPtr kernel = first.prepare();
  first.run(*kernel);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Job own = c.job(library_conv2d_weight_gradient(), {x, g}, c.packed(c.weight));
      for (int i = 0; i < 20; ++i) own.run(*kernel);
      EXPECT_EQ(std::memcmp(own.output.raw(), first.output.raw(),
                            static_cast<size_t>(own.output.bytes())),
                0);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mycel::backends::cpu
