// Helpers of the passes: query operations, and insert and replace them.
#pragma once

#include <initializer_list>
#include <optional>

#include "mycel/ir/function.h"
#include "mycel/ir/target.h"
#include "mycel/te/computation.h"

namespace mycel::passes {

// The ir::Call of an operation, for inference, formulas and offers; valid while the CallOf lives.
class CallOf {
 public:
  explicit CallOf(const ir::Operation& op);
  CallOf(const CallOf&) = delete;
  const ir::Call& get() const { return call_; }

 private:
  ir::Types types_;
  ir::Call call_;
};

// The first implementation that the target offers and does not decline, or "".
std::string_view offered(const ir::Target* target, const ir::Operation& op);

// Whether a result of the operation has uses.
bool is_used(const ir::Operation& op);

bool has_formula(const ir::Operation& op);
te::Computation formula_of(const ir::Operation& op);

const ir::OpDef& op_named(std::string_view name);

// Inserts a new operation before `before`, with the same location.
ir::Operation* insert_before(ir::Operation& before, const ir::OpDef& def,
                             std::initializer_list<ir::Value*> operands,
                             const ir::Attributes& attributes = {});
ir::Value* insert_full(ir::Operation& before, const Dims& shape, const ir::Scalar& value,
                       DType dtype);
ir::Value* insert_permute(ir::Operation& before, ir::Value* value, const Ints& order);
ir::Value* insert_expand(ir::Operation& before, ir::Value* value, const Dims& shape);

// The number of a `full`; nothing for any other value.
std::optional<ir::Scalar> splat_of(const ir::Value* value);

// Replaces the results of the operation by the values, and erases it.
void replace(ir::Operation& op, std::span<ir::Value* const> values);

}  // namespace mycel::passes
