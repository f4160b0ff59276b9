#include "mycel/tensor/apply.h"

#include "mycel/tensor/context.h"
#include "mycel/tensor/node.h"
#include "mycel/tensor/object.h"
#include "mycel/tensor/trace.h"

namespace mycel {
namespace {

bool is_present(const State& state) {
  return state.payload.is_traced() || state.payload.array.defined();
}

bool needs_gradient(const ir::OpDef& op, std::span<const State> inputs) {
  if (!context().grad_enabled) return false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].edge.node) continue;
    size_t spec = std::min(i, op.operands.size() - 1);
    if (op.operands[spec].differentiable) return true;
  }
  return false;
}

Device common_device(const ir::OpDef& op, std::span<const State> inputs) {
  const NDArray* first = nullptr;
  for (const State& state : inputs) {
    if (!is_present(state)) continue;
    const NDArray& array = state.payload.array;
    if (!first) {
      first = &array;
    } else if (!(array.device() == first->device())) {
      fail(Code::kValue, "[{}] expects operands on one device, got {} and {}", op.name,
           to_string(first->device()), to_string(array.device()));
    }
  }
  return first ? first->device() : context().device;
}

void run_now(const ir::OpDef& op, std::span<const State> inputs, const ir::Attributes& attributes,
             std::span<Payload> outputs) {
  constexpr size_t kInline = 8;
  const NDArray* few_inputs[kInline];
  NDArray few_outputs[kInline];
  std::vector<const NDArray*> many_inputs;
  std::vector<NDArray> many_outputs;
  const NDArray** in = few_inputs;
  NDArray* out = few_outputs;
  if (inputs.size() > kInline) in = (many_inputs.resize(inputs.size()), many_inputs.data());
  if (outputs.size() > kInline) out = (many_outputs.resize(outputs.size()), many_outputs.data());
  for (size_t i = 0; i < inputs.size(); ++i) {
    in[i] = is_present(inputs[i]) ? &inputs[i].payload.array : nullptr;
  }
  Engine* engine = context().engine;
  if (!engine) fail_internal("no engine is installed");
  engine->run(op, {in, inputs.size()}, attributes, common_device(op, inputs),
              {out, outputs.size()});
  for (size_t i = 0; i < outputs.size(); ++i) outputs[i].array = std::move(out[i]);
}

void append_to_trace(Trace& trace, const ir::OpDef& op, std::span<const State> inputs,
                     const ir::Attributes& attributes, const ir::Location& location,
                     std::span<Payload> outputs) {
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

Tensors run_and_record(const ir::OpDef& op, std::span<const Tensor> inputs,
                       const ir::Attributes& attributes) {
  Context& here = context();
  constexpr size_t kInline = 4;
  State few[kInline];
  std::vector<State> many;
  State* states = few;
  if (inputs.size() > kInline) states = (many.resize(inputs.size()), many.data());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) states[i] = inputs[i].state();
  }
  std::span<const State> all(states, inputs.size());
  bool record = needs_gradient(op, all);
  const OpRules& rule = rules(op);
  // A function of operations, or a composite whose gradient is its body's.
  if (op.id < 0 || (record && !rule.vjp && rule.body)) {
    return rule.body({inputs.begin(), inputs.end()}, attributes);
  }
  if (record && !rule.vjp) {
    fail(Code::kNotImplemented, "[{}] has no gradient; use detach() on its inputs", op.name);
  }
  ir::Location location;
  if (here.trace) location = here.current_location();
  std::vector<Payload> payloads(op.results.size());
  if (here.trace) {
    append_to_trace(*here.trace, op, all, attributes, location, payloads);
  } else {
    if (rule.check) rule.check({inputs.begin(), inputs.end()}, attributes);
    run_now(op, all, attributes, payloads);
  }
  IntrusivePtr<Node> node;
  if (record) {
    node = make_intrusive<OpNode>(op, attributes.own(), std::vector<State>(all.begin(), all.end()),
                                  payloads, location);
  }
  Tensors results;
  results.reserve(payloads.size());
  for (size_t i = 0; i < payloads.size(); ++i) {
    DType dtype = payloads[i].traced ? payloads[i].traced->type().dtype : payloads[i].array.dtype();
    results.push_back(make_result(op, i, std::move(payloads[i]), node, dtype));
  }
  if (op.is_view && inputs[0].defined()) {
    results[0].object()->source = inputs[0].object()->anchor();
  }
  return results;
}

}  // namespace

Tensors apply(const ir::OpDef& op, std::span<const Tensor> inputs,
              const ir::Attributes& attributes) {
  try {
    return run_and_record(op, inputs, attributes);
  } catch (Error& error) {
    error.set_where(ir::to_string(context().current_location()));
    throw;
  }
}

}  // namespace mycel
