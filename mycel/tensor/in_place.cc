#include "mycel/tensor/in_place.h"

#include <algorithm>

#include "mycel/tensor/context.h"
#include "mycel/tensor/counted_dims.h"
#include "mycel/tensor/tensor_write_lock.h"
#include "mycel/tensor/trace.h"
#include "mycel/tensor/view.h"
#include "mycel/tensor/view_geometry.h"

namespace mycel {
namespace {

// Whether the operands are concrete and nothing is recorded. Only a scatter writes to a view.
bool only_runs(const Operands& inputs, bool scatters) {
  const Context& here = context();
  if (here.trace) return false;
  if (inputs[0].object()->view && !scatters) return false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined()) continue;
    TensorImpl& object = *inputs[i].object();
    if (object.view) refresh(object);
    if (object.state.payload.is_traced()) return false;
    if (here.grad_enabled && object.state.edge.node) return false;
  }
  return true;
}

// Whether the result has the type of the first operand, without a cast of any operand.
bool keeps_type(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes) {
  ir::Types operands, results;
  for (size_t i = 0; i < inputs.size(); ++i) {
    operands.push_back(inputs[i].defined() ? inputs[i].type() : ir::Type());
    const ir::OperandSpec& spec = op.operands[std::min(i, op.operands.size() - 1)];
    bool differs = inputs[i].defined() &&
                   operands[i].dtype != dtype_of_operand(op, inputs[i], operands[0].dtype);
    if (spec.promotes && differs) return false;
  }
  ir::infer_types({&op, operands.data(), operands.size(), &attributes}, results);
  return results.size() == 1 && results[0] == operands[0];
}

// Collects the arrays of all operands but the first; false if one is on another device. Those in
// the first one's memory would be overwritten: they are copied, or with `may_copy` false the result
// is false.
using Held = InlineVector<NDArray, 4>;
bool hold_others(const Operands& inputs, bool may_copy, Held& held) {
  const NDArray& whole = root_of(*inputs[0].object()).state.payload.array;
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (!inputs[i].defined()) continue;
    held[i] = inputs[i].object()->state.payload.array;
    if (!(held[i].device() == whole.device())) return false;
    if (held[i].buffer() != whole.buffer()) continue;
    if (!may_copy) return false;
    held[i] = context().engine->copy(held[i]);
  }
  return true;
}

bool run_in_place(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes,
                  bool scatters) {
  auto may_run = [&] { return only_runs(inputs, scatters) && keeps_type(op, inputs, attributes); };
  if (!may_run()) return false;
  TensorImpl& target = *inputs[0].object();
  InlineVector<const TensorImpl*, 8> read;
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (inputs[i].defined()) read.push_back(inputs[i].object());
  }
  TensorWriteLock claim(target, {read.data(), read.size()});
  if (claim.waited() && !may_run()) return false;
  if (const OpRules& rule = rules(op); rule.check) rule.check(inputs.copies(), attributes);
  TensorImpl& root = root_of(target);
  Held held(inputs.size());
  if (!hold_others(inputs, scatters, held)) return false;
  InlineVector<const NDArray*, 8> arrays(inputs.size());
  for (size_t i = 1; i < inputs.size(); ++i) arrays[i] = inputs[i].defined() ? &held[i] : nullptr;
  NDArray& whole = root.state.payload.array;
  drop_cached_views(root);
  if (!scatters && overlaps(whole)) return false;
  if (scatters) held[0] = own_elements(target);
  NDArray& result = scatters ? held[0] : whole;
  arrays[0] = &result;
  context().engine->run(op, arrays, attributes, whole.device(), {&result, 1});
  ++root.version;
  return true;
}

bool with_location(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes,
                   bool scatters) {
  try {
    if (!op.names_dims) return run_in_place(op, inputs, attributes, scatters);
    return run_in_place(op, inputs, counted_dims(op, inputs, attributes), scatters);
  } catch (Error& error) {
    error.set_where(ir::to_string(context().current_location()));
    throw;
  }
}

}  // namespace

bool apply_in_place(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes) {
  bool formula = op.kind == ir::OpKind::kPrimitive || op.kind == ir::OpKind::kComposite;
  if (op.id < 0 || !formula || op.is_view || op.results.size() != 1) return false;
  return with_location(op, inputs, attributes, false);
}

bool scatter_in_place(const ir::OpDef& op, const Operands& inputs,
                      const ir::Attributes& attributes) {
  return with_location(op, inputs, attributes, true);
}

}  // namespace mycel
