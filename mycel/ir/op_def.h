// OpDef: the static definition of an operation. Registry: all operations.
//
// Operations are defined once, by `define<Attributes>("name")...` (define/define.h), which fills
// everything here. The rules that need tensors (body, gradient, formula) are in OpRules.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mycel/ir/attribute.h"
#include "mycel/ir/type.h"

namespace mycel::ir {

using OpId = int;

struct OpDef;

// An operation with the types of its operands, the input of inference and rules.
struct Call {
  const OpDef* def = nullptr;
  const Type* operands = nullptr;
  size_t num_operands = 0;
  const Attributes* attributes = nullptr;

  const Type& type(size_t i) const { return operands[i]; }
  bool has(size_t i) const { return i < num_operands && !operands[i].is_none(); }
  template <class A>
  const A& as() const {
    return attributes->as<A>();
  }
  // Raises a user error "[name] expects ..., got ...".
  template <class... Args>
  [[noreturn]] void fail(Code code, fmt::format_string<Args...> format, Args&&... args) const {
    fail_text(code, fmt::format(format, std::forward<Args>(args)...));
  }
  [[noreturn]] void fail_text(Code code, const std::string& text) const;
};

// The dtypes that an operand accepts.
enum class DTypeSet : uint8_t { kAny, kNumeric, kFloating, kInteger, kIntegral, kBool };
// kNumeric: all but bool; kIntegral: integers and bool.
bool contains(DTypeSet set, DType dtype);
std::string_view describe(DTypeSet set);  // "a floating-point dtype"

struct OperandSpec {
  std::string name;
  std::string doc;
  DTypeSet dtypes = DTypeSet::kAny;
  bool optional = false;       // may be absent (Type::kNone)
  bool variadic = false;       // takes the rest of the operands; the last spec only
  bool promotes = false;       // promoted to a common dtype with the other such operands
  bool differentiable = true;  // integer and bool operands never are
};

struct ResultSpec {
  std::string name;
  std::string doc;
  bool differentiable = true;
};

// The definition of an operation: by other operations, by a formula, by kernels, or with regions.
enum class OpKind : uint8_t { kComposite, kPrimitive, kKernel, kStructured };

// The physical layout of a result, where the compiler can choose it.
enum class LayoutRule : uint8_t {
  kRowMajor,
  kFollow,        // as the largest operand, ties to channels-last (elementwise operations)
  kChannelsLast,  // convolution, pooling, 2-d batch norm: 4-d results
};

// Floating-point operations and bytes moved, for cost models.
struct Cost {
  double flops = 0;
  double bytes = 0;
};

using Types = std::vector<Type>;

struct OpDef {
  OpId id = -1;
  std::string name;  // in the IR: lower case with underscores
  int version = 1;
  OpKind kind = OpKind::kPrimitive;
  LayoutRule layout = LayoutRule::kRowMajor;
  std::string doc;      // first line: what it computes; then details
  std::string example;  // Python that runs as a test
  std::string see;      // the source of the formula
  std::vector<OperandSpec> operands;
  std::vector<ResultSpec> results;
  AttributeSchema attributes;
  bool names_dims = false;  // an attribute has a role that holds dims
  bool fixes_dims = false;  // the operands' dims have fixed places (N, C, H, W), counted from 0
  int num_regions = 0;

  // One type per result; raises a user error for operands that do not fit.
  std::function<void(const Call&, Types&)> infer;
  std::function<Cost(const Call&)> cost;  // empty: bytes of operands and results
  // Whether the result is a view of operand 0's buffer with other strides.
  bool is_view = false;
  // Computes the exact shape and strides of a view without reading data; returns false if a copy is
  // needed. Only for is_view.
  std::function<bool(const Attributes&, const Dims& out, const NDArray& in, NDArray& view)> view;
};

// The rank of the operand that attributes refer to: the first, or the one of most dims of a list.
template <class RankOf>  // size_t(size_t operand)
size_t rank_of_first(const OpDef& op, size_t num_operands, RankOf rank_of) {
  size_t counted = num_operands > 0 && !op.operands[0].variadic ? 1 : num_operands, rank = 0;
  for (size_t i = 0; i < counted; ++i) rank = std::max(rank, rank_of(i));
  return rank;
}

// All operations, by dense id. Filled once by ops::define_all(), then read-only but for plug-ins.
class Registry {
 public:
  static Registry& get();
  OpDef& add(std::string_view name);  // an existing name is an internal error
  const OpDef* find(std::string_view name) const;
  const OpDef& at(OpId id) const;
  size_t size() const;
};

// Checks operand count, kinds and dtypes against the specs, then infers.
void infer_types(const Call& call, Types& out);

}  // namespace mycel::ir
