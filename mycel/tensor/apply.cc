#include "mycel/tensor/apply.h"

#include "mycel/base/reused_row.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/counted_dims.h"
#include "mycel/tensor/recorded_ops.h"
#include "mycel/tensor/tape.h"
#include "mycel/tensor/tensor_impl.h"
#include "mycel/tensor/tensor_write_lock.h"
#include "mycel/tensor/trace.h"
#include "mycel/tensor/view.h"
#include "mycel/tensor/vjp_reads.h"

namespace mycel {
namespace {

bool is_present(const State& state) {
  return state.payload.is_traced() || state.payload.array.defined();
}

bool needs_gradient(const Context& here, const ir::OpDef& op, const States& inputs) {
  if (!here.grad_enabled) return false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].edge.node) continue;
    size_t spec = std::min(i, op.operands.size() - 1);
    if (op.operands[spec].differentiable) return true;
  }
  return false;
}

// Positions and truth values take no gradient.
bool has_differentiable_result(const ir::OpDef& op, const Payloads& results) {
  for (size_t i = 0; i < results.size(); ++i) {
    const Payload& result = results[i];
    DType dtype = result.traced ? result.traced->type().dtype : result.array.dtype();
    if (op.results[i].differentiable && is_floating(dtype)) return true;
  }
  return false;
}

using Arrays = InlineVector<const NDArray*, 8>;  // null: an absent operand

Device common_device(const Context& here, const ir::OpDef& op, const Arrays& inputs) {
  const NDArray* first = nullptr;
  for (const NDArray* array : inputs) {
    if (!array) continue;
    if (!first) {
      first = array;
    } else if (!(array->device() == first->device())) {
      fail(Code::kValue, "[{}] expects operands on one device, got {} and {}", op.name,
           to_string(first->device()), to_string(array->device()));
    }
  }
  return first ? first->device() : here.device;
}

using Results = ReusedRow<NDArray, 2>;

void run_engine(const Context& here, const ir::OpDef& op, const Arrays& inputs,
                const ir::Attributes& attributes, Results& results) {
  if (!here.engine) fail_internal("no engine is installed");
  here.engine->run(op, inputs, attributes, common_device(here, op, inputs), results);
}

void run_now(const Context& here, const ir::OpDef& op, const States& inputs,
             const ir::Attributes& attributes, Payloads& outputs) {
  Arrays arrays;
  for (const State& input : inputs) {
    if (input.payload.is_traced()) fail_trace_is_over();
    arrays.push_back(is_present(input) ? &input.payload.array : nullptr);
  }
  Results results(op.results.size());
  run_engine(here, op, arrays, attributes, results);
  for (size_t i = 0; i < outputs.size(); ++i) outputs[i].array = std::move(results[i]);
}

void append_to_trace(Trace& trace, const ir::OpDef& op, const States& inputs,
                     const ir::Attributes& attributes, const ir::Location& location,
                     Payloads& outputs) {
  std::vector<ir::Value*> operands;
  for (const State& state : inputs) {
    operands.push_back(is_present(state) ? trace.lift(state.payload) : nullptr);
  }
  ir::Operation* operation = trace.append(op, operands, attributes, location);
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].traced = operation->result(i);
    outputs[i].trace = IntrusivePtr<Trace>(&trace);
  }
}

// Result i of `node`, or a value without gradient.
Tensor make_result(const ir::OpDef& op, size_t i, Payload payload, const IntrusivePtr<Node>& node,
                   DType dtype) {
  State state{std::move(payload), {}};
  if (node && op.results[i].differentiable && is_floating(dtype)) {
    state.edge = {node, static_cast<uint32_t>(i)};
  }
  return Tensor(std::move(state));
}

// Waits until no other thread works on the inputs in place.
void wait_until_readable(const Context& here, const Operands& inputs) {
  if (here.trace || num_write_locks == 0) return;
  InlineVector<const TensorImpl*, 8> objects;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) objects.push_back(inputs[i].object());
  }
  wait_until_free({objects.data(), objects.size()});
}

// Whether this is the common eager case, without a copy of any state: nothing is traced or
// recorded.
bool is_plain(const Context& here, const ir::OpDef& op, const OpRules& rule,
              const Operands& inputs) {
  if (here.trace || op.id < 0 || op.is_view || rule.check) return false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined()) continue;
    TensorImpl& object = *inputs[i].object();
    if (object.view) refresh(object);
    const Payload& payload = object.state.payload;
    if (!payload.array.defined() || payload.is_traced()) return false;
    if (here.grad_enabled && object.state.edge.node) return false;
  }
  return true;
}

Tensors run_plain(const Context& here, const ir::OpDef& op, const Operands& inputs,
                  const ir::Attributes& attributes) {
  Arrays arrays;
  for (size_t i = 0; i < inputs.size(); ++i) {
    arrays.push_back(inputs[i].defined() ? &inputs[i].object()->state.payload.array : nullptr);
  }
  Results results(op.results.size());
  run_engine(here, op, arrays, attributes, results);
  Tensors tensors;
  for (NDArray& array : results) tensors.emplace_back(std::move(array));
  return tensors;
}

// Raises the errors of the operation itself, before its body runs in its place.
void check_call(const Context& here, const ir::OpDef& op, const OpRules& rule,
                const Operands& inputs, const ir::Attributes& attributes) {
  if (!rule.infers) return;
  ir::Types operands, results;
  for (size_t i = 0; i < inputs.size(); ++i) {
    operands.push_back(inputs[i].defined() ? inputs[i].type() : ir::Type());
  }
  ir::infer_types({&op, operands.data(), operands.size(), &attributes}, results);
  if (rule.check && !here.trace) rule.check(inputs.copies(), attributes);
}

Tensors run_and_record(const Context& here, const ir::OpDef& op, const Operands& inputs,
                       const ir::Attributes& attributes) {
  const OpRules& rule = rules(op);
  bool view = op.is_view && inputs[0].defined();
  const Tensor base = view ? *current(inputs[0]) : Tensor();
  uint64_t version = view ? version_here(*base.object()) : 0;
  States states;
  for (size_t i = 0; i < inputs.size(); ++i) {
    states.push_back(inputs[i].defined() ? inputs[i].state() : State());
    if (inputs[i].defined() && !is_present(states.back())) {
      fail_internal("[{}] reads elements that the tape dropped", op.name);  // see vjp_reads.h
    }
  }
  bool record = needs_gradient(here, op, states);
  // A user function, or a composite whose gradient is its body's.
  if (op.id < 0 || (record && !rule.vjp && rule.body)) {
    if (op.id >= 0) check_call(here, op, rule, inputs, attributes);
    return rule.body(inputs.copies(), attributes);
  }
  ir::Location location;
  if (here.trace) location = here.current_location();
  Payloads payloads(op.results.size());
  if (here.trace) {
    append_to_trace(*here.trace, op, states, attributes, location, payloads);
  } else {
    if (rule.check) rule.check(inputs.copies(), attributes);
    run_now(here, op, states, attributes, payloads);
  }
  IntrusivePtr<Node> node;
  if (record && !has_differentiable_result(op, payloads)) record = false;
  if (record && !rule.vjp) {
    fail(Code::kNotImplemented, "[{}] has no gradient; use detach() on its inputs", op.name);
  }
  if (record) {
    VjpReads reads;
    if (!here.trace) reads = vjp_reads(op, attributes, states, payloads);
    node =
        make_intrusive<OpNode>(op, attributes.own(), std::move(states), payloads, reads, location);
    if (here.trace) RecordedOps::note(*node, *payloads[0].traced->producer());
  }
  Tensors results;
  for (size_t i = 0; i < payloads.size(); ++i) {
    DType dtype = payloads[i].traced ? payloads[i].traced->type().dtype : payloads[i].array.dtype();
    results.push_back(make_result(op, i, std::move(payloads[i]), node, dtype));
  }
  if (view) connect(results[0], base, {&op, attributes, here.grad_enabled}, version);
  return results;
}

// Rules read dims counted from the front. A plain call needs no rule where the engine knows it, and
// else its function counts them.
Tensors run(const Context& here, const ir::OpDef& op, const Operands& inputs,
            const ir::Attributes& attributes) {
  wait_until_readable(here, inputs);
  if (is_plain(here, op, rules(op), inputs)) return run_plain(here, op, inputs, attributes);
  if (!op.names_dims) return run_and_record(here, op, inputs, attributes);
  return run_and_record(here, op, inputs, counted_dims(op, inputs, attributes));
}

}  // namespace

Tensors apply(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes) {
  const Context& here = context();
  try {
    return run(here, op, inputs, attributes);
  } catch (Error& error) {
    error.set_where(ir::to_string(here.current_location()));
    throw;
  }
}

}  // namespace mycel
