#include "mycel/backends/cpu/onednn/choice.h"

#include <initializer_list>
#include <string_view>

namespace mycel::backends::onednn {
namespace {

using dnnl::memory;

memory::dims dims(const Ints& values) { return {values.begin(), values.end()}; }

std::optional<memory::data_type> data_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return memory::data_type::f32;
    case DType::kBFloat16:
      return memory::data_type::bf16;
    default:
      return std::nullopt;
  }
}

memory::desc given(const Tensor& tensor) {
  std::optional<memory::data_type> type = data_type(tensor.dtype);
  if (!type) fail_internal("the kernel library has no {}", name(tensor.dtype));
  // oneDNN compares strides; those of axes with one element say nothing, so they are normalised.
  Strides strides = tensor.strides;
  int64_t outer = 1;
  for (size_t i = strides.size(); i-- > 0;) {
    if (tensor.shape[i] == 1) strides[i] = outer;
    outer = std::max(outer, strides[i] * tensor.shape[i]);
  }
  return {dims(tensor.shape), *type, dims(strides)};
}

memory::desc wanted(const Tensor& tensor) {
  memory::desc as_given = given(tensor);
  switch (tensor.format) {
    case Format::kGiven:
      return as_given;
    case Format::kChannelsLast:
      return {as_given.dims(), as_given.data_type(), memory::format_tag::nhwc};
    case Format::kFree:
      return {as_given.dims(), as_given.data_type(), memory::format_tag::any};
  }
  fail_internal("unknown format");
}

// oneDNN's kernels read a bias as dense, whatever its strides.
memory::desc dense_bias(const Tensor& tensor) {
  return {dims(tensor.shape), given(tensor).data_type(), memory::format_tag::x};
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

dnnl::matmul::primitive_desc make_matmul(const Description& d) {
  return {{wanted(d.source), wanted(d.weights), wanted(d.destination)}, attributes(), engine()};
}

// Strides, dilations (0: none) and paddings as oneDNN defines them.
struct Window {
  memory::dims stride, dilation, begin, end;
};

Window window(const Description& d) {
  Window w{dims(d.stride), {}, dims(d.padding), {}};
  size_t spatial = d.stride.size();
  for (size_t i = 0; i < spatial; ++i) {
    size_t axis = d.source.shape.size() - spatial + i;
    int64_t kernel = d.weights.shape[d.weights.shape.size() - spatial + i];
    int64_t reach = (kernel - 1) * d.dilation[i] + 1;
    w.dilation.push_back(d.dilation[i] - 1);
    w.end.push_back((d.destination.shape[axis] - 1) * d.stride[i] + reach - d.source.shape[axis] -
                    d.padding[i]);
  }
  return w;
}

dnnl::convolution_forward::primitive_desc make_forward(const Description& d) {
  Window w = window(d);
  auto algorithm = dnnl::algorithm::convolution_direct;
  auto kind = dnnl::prop_kind::forward_training;
  memory::desc source = wanted(d.source), weights = wanted(d.weights),
               destination = wanted(d.destination);
  if (d.has_bias) {
    return {{kind, algorithm, source, weights, dense_bias(d.bias), destination, w.stride,
             w.dilation, w.begin, w.end},
            attributes(),
            engine()};
  }
  return {{kind, algorithm, source, weights, destination, w.stride, w.dilation, w.begin, w.end},
          attributes(),
          engine()};
}

dnnl::convolution_backward_data::primitive_desc make_input_gradient(const Description& d) {
  Window w = window(d);
  return {{dnnl::algorithm::convolution_direct, wanted(d.source), wanted(d.weights),
           wanted(d.destination), w.stride, w.dilation, w.begin, w.end},
          attributes(),
          engine(),
          make_forward(d)};
}

dnnl::convolution_backward_weights::primitive_desc make_weight_gradient(const Description& d) {
  Window w = window(d);
  return {{dnnl::algorithm::convolution_direct, wanted(d.source), wanted(d.weights),
           wanted(d.destination), w.stride, w.dilation, w.begin, w.end},
          attributes(),
          engine(),
          make_forward(d)};
}

Choice choose_any(const Description& d) {
  switch (d.kind) {
    case Kind::kMatmul: {
      auto p = make_matmul(d);
      return {p, p.src_desc(), p.weights_desc(), {}, p.dst_desc()};
    }
    case Kind::kConvolution: {
      auto p = make_forward(d);
      return {p, p.src_desc(), p.weights_desc(), p.bias_desc(), p.dst_desc()};
    }
    case Kind::kConvolutionInputGradient: {
      auto p = make_input_gradient(d);
      return {p, p.diff_src_desc(), p.weights_desc(), {}, p.diff_dst_desc()};
    }
    case Kind::kConvolutionWeightGradient: {
      auto p = make_weight_gradient(d);
      return {p, p.src_desc(), p.diff_weights_desc(), {}, p.diff_dst_desc()};
    }
  }
  fail_internal("unknown kind of call");
}

bool has_dtypes(const Description& d, std::string* reason) {
  for (const Tensor* tensor : {&d.source, &d.weights, &d.bias, &d.destination}) {
    if (tensor == &d.bias && !d.has_bias) continue;
    if (data_type(tensor->dtype)) continue;
    *reason = fmt::format("takes no {}", name(tensor->dtype));
    return false;
  }
  return true;
}

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

Given given(const Description& d) {
  return {given(d.source), given(d.weights), d.has_bias ? given(d.bias) : memory::desc(),
          given(d.destination)};
}

std::optional<Choice> choose(const Description& description, std::string* reason) {
  if (!has_dtypes(description, reason)) return std::nullopt;
  try {
    Choice choice = choose_any(description);
    // oneDNN's reference loops in plain C++ are hundreds of times slower than generated ones.
    if (std::string_view(choice.desc.impl_info_str()).substr(0, 3) != "ref") return choice;
    *reason = "has only a reference loop for it on this machine";
  } catch (const dnnl::error& error) {
    *reason = fmt::format("does not know it on this machine ({})", error.what());
  }
  return std::nullopt;
}

}  // namespace mycel::backends::onednn
