#include "mycel/tensor/apply.h"

#include "mycel/tensor/context.h"
#include "mycel/tensor/node.h"
#include "mycel/tensor/object.h"
#include "mycel/tensor/trace.h"

namespace mycel {
namespace {

constexpr size_t kFewOperands = 4;

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

// Positions and truth values take no gradient.
bool has_differentiable_result(const ir::OpDef& op, std::span<const Payload> results) {
  for (size_t i = 0; i < results.size(); ++i) {
    const Payload& result = results[i];
    DType dtype = result.traced ? result.traced->type().dtype : result.array.dtype();
    if (op.results[i].differentiable && is_floating(dtype)) return true;
  }
  return false;
}

Device common_device(const ir::OpDef& op, std::span<const NDArray* const> inputs) {
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
  return first ? first->device() : context().device;
}

void run_engine(const ir::OpDef& op, std::span<const NDArray* const> inputs,
                const ir::Attributes& attributes, std::span<NDArray> outputs) {
  Engine* engine = context().engine;
  if (!engine) fail_internal("no engine is installed");
  engine->run(op, inputs, attributes, common_device(op, inputs), outputs);
}

void run_now(const ir::OpDef& op, std::span<const State> inputs, const ir::Attributes& attributes,
             std::span<Payload> outputs) {
  std::vector<const NDArray*> in;
  std::vector<NDArray> out(outputs.size());
  for (const State& input : inputs) {
    if (input.payload.is_traced()) fail_trace_is_over();
    in.push_back(is_present(input) ? &input.payload.array : nullptr);
  }
  run_engine(op, in, attributes, out);
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

// The common case of eager mode, without a copy of any state: nothing is traced or recorded.
bool is_plain(const ir::OpDef& op, const OpRules& rule, std::span<const Tensor> inputs) {
  const Context& here = context();
  if (here.trace || op.id < 0 || op.is_view || rule.check || inputs.size() > kFewOperands ||
      op.results.size() > kFewOperands) {
    return false;
  }
  for (const Tensor& input : inputs) {
    if (!input.defined()) continue;
    const TensorObject& object = *input.object();
    if (object.stale || object.state.payload.is_traced() ||
        (here.grad_enabled && object.state.edge.node)) {
      return false;
    }
  }
  return true;
}

Tensors run_plain(const ir::OpDef& op, std::span<const Tensor> inputs,
                  const ir::Attributes& attributes) {
  const NDArray* in[kFewOperands];
  NDArray out[kFewOperands];
  for (size_t i = 0; i < inputs.size(); ++i) {
    in[i] = inputs[i].defined() ? &inputs[i].object()->state.payload.array : nullptr;
  }
  run_engine(op, {in, inputs.size()}, attributes, {out, op.results.size()});
  Tensors results;
  results.reserve(op.results.size());
  for (size_t i = 0; i < op.results.size(); ++i) results.emplace_back(std::move(out[i]));
  return results;
}

Tensors run_and_record(const ir::OpDef& op, std::span<const Tensor> inputs,
                       const ir::Attributes& attributes) {
  Context& here = context();
  const OpRules& rule = rules(op);
  if (is_plain(op, rule, inputs)) return run_plain(op, inputs, attributes);
  State few[kFewOperands];
  std::vector<State> many;
  State* states = few;
  if (inputs.size() > kFewOperands) states = (many.resize(inputs.size()), many.data());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) states[i] = inputs[i].state();
  }
  std::span<const State> all(states, inputs.size());
  bool record = needs_gradient(op, all);
  // A function of operations, or a composite whose gradient is its body's.
  if (op.id < 0 || (record && !rule.vjp && rule.body)) {
    return rule.body({inputs.begin(), inputs.end()}, attributes);
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
  if (record && !has_differentiable_result(op, payloads)) record = false;
  if (record && !rule.vjp) {
    fail(Code::kNotImplemented, "[{}] has no gradient; use detach() on its inputs", op.name);
  }
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
