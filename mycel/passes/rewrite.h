// What passes share: asking about operations and making new ones.
#pragma once

#include <initializer_list>
#include <optional>

#include "mycel/ir/function.h"
#include "mycel/ir/target.h"
#include "mycel/te/computation.h"

namespace mycel::passes {

// The operation as inference, formulas and offers see it; valid while it lives.
class CallOf {
 public:
  explicit CallOf(const ir::Operation& op);
  CallOf(const CallOf&) = delete;
  const ir::Call& get() const { return call_; }

 private:
  ir::Types types_;
  ir::Call call_;
};

// The target's first offer that is not declined, or "".
std::string_view offered(const ir::Target* target, const ir::Operation& op);

// Whether somebody reads a result of it.
bool is_used(const ir::Operation& op);

bool has_formula(const ir::Operation& op);
te::Computation formula_of(const ir::Operation& op);

const ir::OpDef& op_named(std::string_view name);

// A new operation before `before`, with its location.
ir::Operation* insert_before(ir::Operation& before, const ir::OpDef& def,
                             std::initializer_list<ir::Value*> operands,
                             const ir::Attributes& attributes = {});
ir::Value* insert_full(ir::Operation& before, const Dims& shape, const ir::Scalar& value,
                       DType dtype);
ir::Value* insert_permute(ir::Operation& before, ir::Value* value, const Ints& order);
ir::Value* insert_expand(ir::Operation& before, ir::Value* value, const Dims& shape);

// The value of a `full`.
std::optional<ir::Scalar> splat_of(const ir::Value* value);

// Uses of each result read the value in its place instead, and the operation goes.
void replace(ir::Operation& op, std::span<ir::Value* const> values);

}  // namespace mycel::passes
