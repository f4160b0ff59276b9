// Writes the state and output of each layer, for one seed, to a safetensors file, for the Python
// test that builds the same layers: seeded_layers PATH
#include <cstdio>

#include "mycel/io/tensors.h"
#include "mycel/nn/all.h"

namespace mycel::nn {
namespace {

// Adds under "<name>." the output of one call and the state after it.
template <class Make>
void add(StateDict& out, const std::string& name, Make make, const Dims& input) {
  manual_seed(5);
  auto layer = make();
  Tensor x = randn(input);
  out.emplace(name + ".output", layer(x).detach());
  for (const auto& [key, value] : layer.state_dict())
    out.emplace(fmt::format("{}.{}", name, key), value);
}

StateDict all_layers() {
  StateDict out;
  add(out, "linear", [] { return Linear(3, 4); }, {5, 3});
  add(out, "linear_plain", [] { return Linear(3, 4, {.bias = false}); }, {3});
  add(out, "conv",
      [] {
        return Conv2d(4, 6, {3, 2},
                      {.stride = {2, 1}, .padding = {1, 2}, .dilation = 2, .groups = 2});
      },
      {2, 4, 9, 8});
  add(out, "conv_same", [] { return Conv2d(2, 3, 3, {.padding = "same", .bias = false}); },
      {1, 2, 5, 5});
  add(out, "max_pool", [] { return MaxPool2d(3, {.stride = 2, .padding = 1}); }, {1, 2, 7, 7});
  add(out, "avg_pool", [] { return AvgPool2d({2, 3}); }, {1, 2, 6, 6});
  add(out, "batch_norm", [] { return BatchNorm2d(3, {.momentum = 0.3}); }, {4, 3, 2, 2});
  add(out, "layer_norm", [] { return LayerNorm({3, 4}); }, {2, 3, 4});
  add(out, "layer_norm_plain", [] { return LayerNorm(4, {.bias = false}); }, {2, 4});
  add(out, "dropout", [] { return Dropout(0.3); }, {50});
  add(out, "flatten", [] { return Flatten(); }, {2, 3, 4});
  add(out, "relu", [] { return ReLU(); }, {7});
  add(out, "embedding",
      [] {
        return Sequential{[](const Tensor& x) { return cast(x > 0.0, DType::kInt64); },
                          Embedding(2, 3, {.padding_idx = 1})};
      },
      {6});
  add(out, "sequential", [] { return Sequential{Linear(4, 3), ReLU(), Sequential{Linear(3, 2)}}; },
      {2, 4});
  return out;
}

}  // namespace
}  // namespace mycel::nn

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "expects the path of a file to write\n");
    return 2;
  }
  mycel::io::save(arguments[1], mycel::nn::all_layers());
}
