#include "mycel/compiler/prepare.h"

#include <fmt/ranges.h>

#include <set>
#include <unordered_set>

#include "mycel/compiler/choose_kernel.h"
#include "mycel/compiler/control.h"
#include "mycel/compiler/copy.h"
#include "mycel/compiler/layout.h"
#include "mycel/passes/may_raise.h"
#include "mycel/tensor/interpreter_lock.h"

namespace mycel::compiler {
namespace {

using runtime::Address;
using runtime::Result;
using runtime::Spec;
using runtime::Step;

// A step whose memory is not planned yet.
struct UnplannedStep {
  const ir::Operation* op = nullptr;  // nullptr: a copy into a result
  backends::KernelPtr kernel;
  std::shared_ptr<const runtime::Control> control;
  std::vector<const ir::Value*> inputs, outputs;
  int copy_to_result = -1;  // the function's result that a copy fills
};

class Preparation {
 public:
  Preparation(const ir::Function& function, backends::Backend& backend,
              std::span<const Spec> inputs, const PrepareOptions& options)
      : function_(function),
        backend_(backend),
        options_(options),
        specs_(function.num_values()),
        view_offset_(function.num_values()),
        constant_(function.num_values(), -1),
        request_{std::vector<int64_t>(function.num_values()),
                 std::vector<int>(function.num_values(), -1),
                 std::vector<int64_t>(function.num_operations()),
                 std::vector<bool>(function.num_operations()),
                 {},
                 {},
                 options.apart} {
    const ir::Region& body = function.body();
    for (size_t i = 0; i < inputs.size(); ++i) {
      specs_[body.argument(i)->id()] = inputs[i];
      note_bytes(*body.argument(i));
    }
    parts_.backend = &backend;
    parts_.inputs.assign(inputs.begin(), inputs.end());
    results_.insert(body.results().begin(), body.results().end());
  }

  std::shared_ptr<const runtime::Executable> run() {
    const ir::Region& body = function_.body();
    for (const ir::Operation* op = body.first(); op; op = op->next()) add_step(*op);
    for (const ir::Value* result : body.results()) parts_.outputs.push_back(spec(result));
    request_.donations = possible_donations();
    parts_.plan = passes::plan_memory(function_, request_);
    place_results();
    for (const UnplannedStep& d : unplanned_) parts_.steps.push_back(lower(d));
    return std::make_shared<runtime::Executable>(std::move(parts_));
  }

 private:
  const Spec& spec(const ir::Value* value) const { return specs_[value->id()]; }

  void note_bytes(const ir::Value& value) { request_.bytes[value.id()] = bytes_of(spec(&value)); }

  void add_step(const ir::Operation& op) {
    check_interrupt();
    if (op.is("constant")) return add_constant(op);
    if (op.def().is_view && add_view(op)) return;
    for (const ir::Value* result : op.results()) {
      if (!result->type().is_tensor()) continue;
      specs_[result->id()] = dense(result->type());
      note_bytes(*result);
    }
    request_.raises[op.id()] = passes::may_raise(op, options_.module);
    UnplannedStep d;
    d.op = &op;
    d.inputs.assign(op.operands().begin(), op.operands().end());
    d.outputs.assign(op.results().begin(), op.results().end());
    if (op.def().kind == ir::OpKind::kStructured && !op.is("fusion")) {
      PreparedControl prepared = make_control(
          op, {&backend_, options_.module, spec_of(), options_.call_depth, options_.apart});
      d.control = std::move(prepared.control);
      d.inputs.insert(d.inputs.end(), prepared.captured.begin(), prepared.captured.end());
      request_.scratch[op.id()] = d.control->scratch_bytes();
    } else {
      ChosenKernel chosen = choose_kernel(op, backend_, spec_of());
      for (const te::InPlace& pair : chosen.in_place) {
        request_.in_place.push_back({op.id(), pair.input, pair.output});
      }
      d.kernel = std::move(chosen.kernel);
      request_.scratch[op.id()] = static_cast<int64_t>(d.kernel->scratch_bytes());
    }
    unplanned_.push_back(std::move(d));
  }

  SpecOf spec_of() const {
    return [this](const ir::Value* value) -> const Spec& { return spec(value); };
  }

  void add_constant(const ir::Operation& op) {
    const NDArray value = std::get<NDArray>(op.attributes().get("value"));
    NDArray array = backend_.to_device(contiguous(value));
    constant_[op.result()->id()] = static_cast<int>(parts_.constants.size());
    specs_[op.result()->id()] = {array.dtype(), array.shape(), array.strides(), false};
    parts_.constants.push_back(std::move(array));
  }

  // Returns the value whose memory `value` uses, looking through all views.
  const ir::Value* root(const ir::Value* value) const {
    while (request_.view_of[value->id()] >= 0) value = value->producer()->operand(0);
    return value;
  }

  bool add_view(const ir::Operation& op) {
    const ir::Value* result = op.result();
    if (options_.apart && !results_.count(result)) return false;
    const ir::Value* base = root(op.operand(0));
    // A result must not be a view of working memory, which the next call reuses.
    bool base_outlives = !base->producer() || results_.count(base) || is_constant(base);
    if (results_.count(result) && (options_.fresh_results || !base_outlives)) return false;
    const Spec& from = spec(op.operand(0));
    NDArray in(nullptr, from.dtype, from.shape, from.strides, 0), out;
    if (!op.def().view(op.attributes(), result->type().dims, in, out)) return false;
    specs_[result->id()] = {result->type().dtype, out.shape(), out.strides(), false};
    view_offset_[result->id()] = view_offset_[op.operand(0)->id()] + out.offset();
    request_.view_of[result->id()] = static_cast<int>(op.operand(0)->id());
    return true;
  }

  bool is_constant(const ir::Value* value) const { return constant_[value->id()] >= 0; }

  std::vector<passes::MemoryRequest::Donation> possible_donations() const {
    std::vector<passes::MemoryRequest::Donation> out;
    std::unordered_set<const ir::Value*> handed_through;
    for (const ir::Value* result : function_.body().results()) handed_through.insert(root(result));
    for (const auto& pair : options_.donations) {
      // An argument must keep its elements if a result is that argument or a view of it.
      if (handed_through.count(function_.body().argument(pair.argument))) continue;
      const Spec &in = parts_.inputs[pair.argument], &result = parts_.outputs[pair.result];
      if (in.dtype == result.dtype && in.shape == result.shape && in.strides == result.strides) {
        out.push_back(pair);
      }
    }
    return out;
  }

  // Decides where each result comes from; copies it where it must not alias.
  void place_results() {
    const ir::Region& body = function_.body();
    for (size_t i = 0; i < body.results().size(); ++i) {
      const ir::Value* value = body.results()[i];
      Result result = place(value, i);
      if (options_.fresh_results && result.kind != Result::Kind::kFresh) {
        unplanned_.push_back(copy_step(value, i));
        result = {};
      }
      parts_.results.push_back(result);
    }
  }

  Result place(const ir::Value* value, size_t i) const {
    const ir::Region& body = function_.body();
    const ir::Value* base = root(value);
    int64_t offset = view_offset_[value->id()];
    if (is_constant(base)) {
      return {Result::Kind::kConstant, static_cast<size_t>(constant_[base->id()]), offset};
    }
    if (!base->producer()) return {Result::Kind::kInput, base->index(), offset};
    for (size_t k = 0; k < body.results().size(); ++k) {
      if (body.results()[k] != base) continue;
      return k == i ? Result{} : Result{Result::Kind::kResult, k, offset};
    }
    fail_internal("a result of {} is a view of working memory", function_.name());
  }

  UnplannedStep copy_step(const ir::Value* value, size_t result) {
    const Spec from = spec(value);
    Spec& to = parts_.outputs[result];
    to.strides = row_major(to.shape);
    UnplannedStep d;
    d.kernel = copy_kernel(backend_, from, to);
    d.inputs = {value};
    d.copy_to_result = static_cast<int>(result);
    return d;
  }

  Address output_address(size_t i) const {
    return {static_cast<uint32_t>(1 + parts_.inputs.size() + i), 0};
  }

  Address address(const ir::Value* value) const {
    if (!value || !value->type().is_tensor()) return {Step::kNone, 0};
    const ir::Value* base = root(value);
    int64_t offset = view_offset_[value->id()] * byte_size(value->type().dtype);
    Address at;
    const ir::Place& place = parts_.plan.places[base->id()];
    if (is_constant(base)) {
      at.base = static_cast<uint32_t>(1 + parts_.inputs.size() + parts_.outputs.size() +
                                      static_cast<size_t>(constant_[base->id()]));
    } else if (!base->producer()) {
      at.base = 1 + base->index();
    } else if (place.kind == ir::Place::Kind::kOutput) {
      at = output_address(place.index);
    } else {
      at = {0, place.offset};
    }
    at.offset += offset;
    return at;
  }

  // Names the operation that may raise, with its line, in the step. If several of a group may
  // raise, the kernel cannot tell which one did: names all of them, with the group's line. Steps of
  // control flow name their own.
  static void name_errors(const ir::Operation& op, Step& step) {
    step.raises = op.def().name;
    if (!op.is("fusion")) return;
    std::vector<const ir::Operation*> members;
    std::set<std::string_view> names;
    for (const ir::Operation* one = op.region(0).first(); one; one = one->next()) {
      if (!passes::may_raise(*one, nullptr)) continue;
      members.push_back(one);
      names.insert(one->def().name);
    }
    if (members.size() == 1) step.location = members[0]->location();
    step.raises = fmt::format("{}", fmt::join(names, " or "));
  }

  Step lower(const UnplannedStep& d) const {
    Step step;
    step.kernel = d.kernel;
    step.control = d.control;
    step.label = d.op ? d.op->def().name : "copy";
    step.scratch = {Step::kNone, 0};
    for (const ir::Value* value : d.inputs) step.buffers.push_back(address(value));
    for (const ir::Value* value : d.outputs) step.buffers.push_back(address(value));
    if (d.copy_to_result >= 0) {
      step.buffers.push_back(output_address(static_cast<size_t>(d.copy_to_result)));
    }
    if (d.op) {
      step.location = d.op->location();
      if (d.kernel && request_.raises[d.op->id()]) name_errors(*d.op, step);
      const ir::Place& scratch = parts_.plan.scratch[d.op->id()];
      if (scratch.kind == ir::Place::Kind::kArena) step.scratch = {0, scratch.offset};
    }
    return step;
  }

  const ir::Function& function_;
  backends::Backend& backend_;
  const PrepareOptions& options_;
  std::vector<Spec> specs_;           // by value id
  std::vector<int64_t> view_offset_;  // by value id, in elements of its root's memory
  std::vector<int> constant_;         // by value id: number of the constant, or -1
  std::unordered_set<const ir::Value*> results_;
  std::vector<UnplannedStep> unplanned_;
  passes::MemoryRequest request_;
  runtime::Executable::Parts parts_;
};

}  // namespace

std::shared_ptr<const runtime::Executable> prepare(const ir::Function& function,
                                                   backends::Backend& backend,
                                                   std::span<const Spec> inputs,
                                                   const PrepareOptions& options) {
  return Preparation(function, backend, inputs, options).run();
}

}  // namespace mycel::compiler
