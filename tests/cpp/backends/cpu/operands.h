// Helpers that make operands and requests for kernels.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/define/attribute_traits.h"

namespace mycel::backends {

// Numbers in [-1, 1] that are exact in bfloat16.
inline NDArray filled(DType dtype, const Shape& shape, const Strides& strides) {
  NDArray array = NDArray::empty(dtype, shape, strides, cpu_allocator());
  for (int64_t i = 0; i < array.size(); ++i) {
    float value = static_cast<float>(i * 7 % 17 - 8) / 8;
    if (dtype == DType::kFloat32) {
      static_cast<float*>(array.raw())[i] = value;
    } else {
      static_cast<BFloat16*>(array.raw())[i] = BFloat16(value);
    }
  }
  return array;
}
inline NDArray filled(const Shape& shape) {
  return filled(DType::kFloat32, shape, row_major(shape));
}

inline double element(const NDArray& array, const Ints& index) {
  int64_t at = 0;
  for (size_t i = 0; i < index.size(); ++i) at += index[i] * array.strides()[i];
  if (array.dtype() == DType::kFloat32) return static_cast<const float*>(array.raw())[at];
  return static_cast<float>(static_cast<const BFloat16*>(array.raw())[at]);
}

inline Operand operand(const NDArray& array) {
  if (!array.defined()) return {DType::kFloat32, {}, {}, true};
  return {array.dtype(), array.shape(), array.strides()};
}

// The library computes in bfloat16 only with AVX-512; otherwise it declines, and generated kernels
// are used.
inline bool library_takes(DType dtype) {
  return dtype != DType::kBFloat16 || __builtin_cpu_supports("avx512bw");
}

// A call of an implementation: its request and its buffers.
struct Job {
  const Implementation& implementation;
  ir::OpDef def;
  ir::Attributes attributes;
  std::vector<NDArray> inputs;
  NDArray output;

  KernelPtr prepare() const {
    Request request{&def, attributes, {}, {operand(output)}};
    for (const NDArray& input : inputs) request.inputs.push_back(operand(input));
    return implementation.prepare(request);
  }
  std::vector<void*> buffers() const {
    std::vector<void*> out;
    for (const NDArray& input : inputs) out.push_back(input.defined() ? input.raw() : nullptr);
    out.push_back(output.raw());
    return out;
  }
  void run(const Kernel& kernel) const {
    NDArray scratch = NDArray::empty(DType::kUInt8, {static_cast<int64_t>(kernel.scratch_bytes())});
    kernel.run(buffers().data(), scratch.raw(), Stream{});
  }
  void run() const { run(*prepare()); }
  std::optional<std::string> declines() const {
    ir::Types types;
    for (const NDArray& input : inputs) {
      types.push_back(input.defined() ? ir::Type::tensor(input.dtype(), to_dims(input.shape()))
                                      : ir::Type());
    }
    return implementation.declines({&def, types.data(), types.size(), &attributes});
  }
};

}  // namespace mycel::backends
