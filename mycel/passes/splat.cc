#include "mycel/passes/splat.h"

#include <cstring>
#include <unordered_map>

#include "mycel/core/narrow.h"
#include "mycel/passes/may_raise.h"
#include "mycel/te/interpreter.h"

namespace mycel::passes {
namespace {

template <class T>
ir::Scalar scalar_of(T value) {
  if constexpr (std::is_same_v<T, bool>)
    return value;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<int64_t>(value);
  else if constexpr (is_half_v<T>)
    return static_cast<double>(static_cast<float>(value));
  else
    return static_cast<double>(value);
}

template <class T>
T element_of(const ir::Scalar& value) {
  if constexpr (std::is_same_v<T, bool>)
    return ir::to_double(value) != 0;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(ir::to_int(value));
  else
    return std::visit([](auto v) { return convert_number<T>(v); }, value);
}

bool same_bits(const NDArray& array, const void* element) {
  auto size = static_cast<size_t>(byte_size(array.dtype()));
  const char* at = static_cast<const char*>(array.raw());
  for (int64_t i = 0; i < array.size(); ++i, at += size) {
    if (std::memcmp(at, element, size) != 0) return false;
  }
  return true;
}

}  // namespace

std::optional<ir::Scalar> splat_of(const NDArray& array) {
  if (array.size() == 0) return std::nullopt;
  NDArray dense = contiguous(array);
  return visit_dtype(array.dtype(), [&](auto tag) -> std::optional<ir::Scalar> {
    using T = typename decltype(tag)::type;
    ir::Scalar value = scalar_of(*dense.data<T>());
    // A NaN's payload, and an integer outside of int64, would be lost.
    if (std::is_same_v<T, uint64_t> && std::get<int64_t>(value) < 0) return std::nullopt;
    T element = element_of<T>(value);
    return same_bits(dense, &element) ? std::optional(value) : std::nullopt;
  });
}

NDArray one_element(const ir::Scalar& value, DType dtype) {
  NDArray array = NDArray::empty(dtype, {});
  visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    *array.mutable_data<T>() = element_of<T>(value);
  });
  return array;
}

std::optional<NDArray> evaluate_splat(const te::Output& output, std::span<const NDArray> inputs) {
  // Rewrites the formula with loads of the only element.
  std::unordered_map<const te::Node*, te::Expr> scalar;
  std::vector<const te::Node*> todo{output.value.get()};
  while (!todo.empty()) {
    const te::Node* node = todo.back();
    if (scalar.count(node)) {
      todo.pop_back();
      continue;
    }
    bool reads = node->kind == te::Kind::kLoad && !node->predicated;
    if (reads && !is_indirect(*node)) {
      scalar[node] = te::load(node->input, node->dtype, {});
    } else if (node->kind == te::Kind::kConstant) {
      scalar[node] = te::Expr(node);
    } else if (node->kind == te::Kind::kCall) {
      size_t before = todo.size();
      std::vector<te::Expr> operands;
      for (const te::Expr& operand : node->operands) {
        auto found = scalar.find(operand.get());
        if (found == scalar.end()) {
          todo.push_back(operand.get());
        } else {
          operands.push_back(found->second);
        }
      }
      if (todo.size() == before) scalar[node] = te::with_operands(*node, std::move(operands));
    } else {
      return std::nullopt;
    }
  }
  te::Computation computation;
  for (const NDArray& input : inputs) computation.inputs.push_back({input.dtype(), {}});
  computation.outputs.push_back({output.dtype, {}, scalar.at(output.value.get())});
  NDArray result = NDArray::empty(output.dtype, {});
  te::interpret(computation, inputs, {&result, 1});
  return result;
}

}  // namespace mycel::passes
