#include "mycel/eager/eager.h"

#include <memory>
#include <optional>
#include <vector>

#include "mycel/compiler/copy.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/eager/eager_key.h"
#include "mycel/tensor/interpreter_lock.h"

namespace mycel::compiler {
namespace {

using runtime::Executable;
using runtime::Spec;

struct Prepared {
  EagerKey key;
  ir::Attributes attributes;
  std::shared_ptr<const Executable> executable;
  // The common case, run directly without the executable: one kernel on inputs and fresh outputs.
  const backends::Kernel* single = nullptr;
  // A kernel that writes into its first operand.
  backends::KernelPtr in_place = nullptr;
  bool is_long_running = false;
};

// Threshold for operations with a cost rule, which do more work per byte.
constexpr int64_t kManyForHeavy = 32 * 1024;

// A bounded table per thread, which needs no lock: calls differ in their extents, while the
// expensive part, machine code, is shared by kernel signature. Open addressing, at most half full.
class Table {
 public:
  const Prepared* find(const EagerKey& key, const ir::Attributes& attributes) const {
    for (size_t i = key.hash() % kSlots; slots_[i]; i = (i + 1) % kSlots) {
      const Prepared& here = *slots_[i];
      if (here.key == key && (attributes.empty() || here.attributes == attributes)) return &here;
    }
    return nullptr;
  }
  const Prepared* add(Prepared prepared) {
    if (size_ >= kSlots / 2) {
      for (auto& slot : slots_) slot = nullptr;
      size_ = 0;
    }
    size_t i = prepared.key.hash() % kSlots;
    while (slots_[i]) i = (i + 1) % kSlots;
    ++size_;
    slots_[i] = std::make_unique<const Prepared>(std::move(prepared));
    return slots_[i].get();
  }

 private:
  static constexpr size_t kSlots = 16384;
  std::vector<std::unique_ptr<const Prepared>> slots_{kSlots};
  size_t size_ = 0;
};

Table& table() {
  thread_local Table instance;
  return instance;
}

std::shared_ptr<const Executable> compile_one(const ir::OpDef& op,
                                              std::span<const NDArray* const> inputs,
                                              const ir::Attributes& attributes, Device device,
                                              bool in_place) {
  ir::Function function(op.name);
  std::vector<ir::Value*> operands;
  std::vector<Spec> specs;
  for (const NDArray* input : inputs) {
    if (!input) {
      operands.push_back(nullptr);
      continue;
    }
    ir::Type type = ir::Type::tensor(input->dtype(), to_dims(input->shape()));
    type.layout = layout_of(input->shape(), input->strides());
    operands.push_back(function.body().add_argument(type));
    specs.push_back({input->dtype(), input->shape(), input->strides(), false});
  }
  ir::Operation* made = function.create(function.body(), op, operands, attributes.own());
  function.body().set_results({made->results().begin(), made->results().end()});
  PrepareOptions options;
  if (in_place) options.donations.push_back({0, 0});
  return compile(function, backends::backend_of(device), specs, options);
}

// Prepares the first kernel of the operation that does not decline, on the arrays' own strides,
// with the first operand as its result.
backends::KernelPtr kernel_in_place(const ir::OpDef& op, std::span<const NDArray* const> inputs,
                                    const ir::Attributes& attributes, Device device) {
  backends::Request request{&op, attributes.own(), {}, {}};
  ir::Types types;
  for (const NDArray* input : inputs) {
    request.inputs.push_back({input->dtype(), input->shape(), input->strides()});
    types.push_back(ir::Type::tensor(input->dtype(), to_dims(input->shape())));
  }
  request.outputs.push_back(request.inputs[0]);
  ir::Call call{&op, types.data(), types.size(), &attributes};
  for (const backends::Implementation* one : backends::backend_of(device).implementations(op)) {
    if (!one->declines(call)) return one->prepare(request);
  }
  fail_internal("no kernel of {} takes the operands", op.name);
}

const backends::Kernel* only_kernel(const Executable& executable, size_t num_outputs) {
  const Executable::Parts& parts = executable.parts();
  if (parts.steps.size() != 1 || parts.plan.arena_bytes > 0 || !parts.constants.empty()) {
    return nullptr;
  }
  const runtime::Step& step = parts.steps[0];
  for (const runtime::Result& result : parts.results) {
    if (result.kind != runtime::Result::Kind::kFresh) return nullptr;
  }
  // The step must take the inputs in order, then the outputs in order.
  if (step.buffers.size() != parts.inputs.size() + num_outputs) return nullptr;
  for (size_t i = 0; i < step.buffers.size(); ++i) {
    if (step.buffers[i].base != i + 1 || step.buffers[i].offset != 0) return nullptr;
  }
  return step.kernel.get();
}

void run_single(const Prepared& prepared, std::span<const NDArray* const> inputs,
                std::span<NDArray> outputs) {
  const Executable::Parts& parts = prepared.executable->parts();
  InlineVector<void*, 16> buffers;
  for (const NDArray* input : inputs) {
    if (input) buffers.push_back(input->raw());
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Spec& spec = parts.outputs[i];
    outputs[i] = NDArray::empty(spec.dtype, spec.shape, spec.strides, parts.backend->allocator());
    buffers.push_back(outputs[i].raw());
  }
  backends::Stream stream = parts.backend->stream();
  prepared.single->run(buffers.data(), nullptr, stream);
  parts.backend->synchronize(stream);
}

void run_prepared(const Prepared& prepared, std::span<const NDArray* const> inputs,
                  std::span<NDArray> outputs) {
  if (prepared.single) return run_single(prepared, inputs, outputs);
  // Compiled functions have no absent operands: compile_one left them out.
  InlineVector<const NDArray*, 16> present;
  for (const NDArray* input : inputs) {
    if (input) present.push_back(input);
  }
  prepared.executable->run({present.data(), present.size()}, outputs);
}

void run_kernel_in_place(const Prepared& prepared, std::span<const NDArray* const> inputs,
                         Device device) {
  backends::Backend& backend = backends::backend_of(device);
  InlineVector<void*, 16> buffers;
  for (const NDArray* input : inputs) buffers.push_back(input->raw());
  buffers.push_back(inputs[0]->raw());
  auto bytes = static_cast<int64_t>(prepared.in_place->scratch_bytes());
  NDArray scratch = NDArray::empty(DType::kUInt8, {bytes}, backend.allocator());
  backends::Stream stream = backend.stream();
  prepared.in_place->run(buffers.data(), scratch.raw(), stream);
  backend.synchronize(stream);
}

// Runs on copies of the arrays: another thread may assign other values to the tensors that hold
// them.
void run_unlocked(const Prepared& prepared, std::span<const NDArray* const> inputs,
                  std::span<NDArray> outputs) {
  InlineVector<NDArray, 4> held(inputs.size());
  InlineVector<const NDArray*, 8> copies(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i]) continue;
    held[i] = *inputs[i];
    copies[i] = &held[i];
  }
  ReleaseInterpreterLock unlocked;
  run_prepared(prepared, copies, outputs);
}

// Makes a view, which needs no kernel; returns false if the operand's strides do not allow it.
bool run_view(const ir::OpDef& op, const NDArray* input, const ir::Attributes& attributes,
              NDArray& output) {
  if (!input) return false;
  ir::Type type = ir::Type::tensor(input->dtype(), to_dims(input->shape()));
  ir::Call call{&op, &type, 1, &attributes};
  ir::Types types;
  ir::infer_types(call, types);
  return op.view(attributes, types[0].dims, *input, output);
}

Prepared prepare(const EagerKey& key, const ir::OpDef& op, std::span<const NDArray* const> inputs,
                 const ir::Attributes& attributes, Device device, size_t num_outputs,
                 bool in_place) {
  Prepared fresh{key, attributes.own(), nullptr, nullptr};
  if (in_place && op.kind == ir::OpKind::kKernel) {
    fresh.in_place = kernel_in_place(op, inputs, attributes, device);
    return fresh;
  }
  fresh.executable = compile_one(op, inputs, attributes, device, in_place);
  fresh.single = in_place ? nullptr : only_kernel(*fresh.executable, num_outputs);
  fresh.is_long_running = op.cost ? fresh.executable->is_long_running(kManyForHeavy)
                                  : fresh.executable->is_long_running();
  return fresh;
}

// The caller has locked `target`, which is inputs[0], for writing. Overwrites only its buffer, and
// only if nothing else holds that.
void run_in_place(const Prepared& prepared, std::span<const NDArray* const> inputs, Device device,
                  NDArray& target) {
  if (prepared.in_place) return run_kernel_in_place(prepared, inputs, device);
  NDArray result;
  {
    std::optional<ReleaseInterpreterLock> unlocked;
    if (prepared.is_long_running) unlocked.emplace();
    run_prepared(prepared, inputs, {&result, 1});
  }
  target = std::move(result);
}

}  // namespace

void EagerEngine::run(const ir::OpDef& op, std::span<const NDArray* const> inputs,
                      const ir::Attributes& attributes, Device device, std::span<NDArray> outputs) {
  if (op.is_view && run_view(op, inputs[0], attributes, outputs[0])) return;
  bool in_place = outputs[0].defined();
  EagerKey key(op, attributes, device, inputs, in_place);
  const Prepared* prepared = table().find(key, attributes);
  if (!prepared) {
    prepared = table().add(prepare(key, op, inputs, attributes, device, outputs.size(), in_place));
  }
  if (in_place) return run_in_place(*prepared, inputs, device, outputs[0]);
  if (prepared->is_long_running) return run_unlocked(*prepared, inputs, outputs);
  run_prepared(*prepared, inputs, outputs);
}

void EagerEngine::write(const NDArray& values, const NDArray& target) {
  if (!(values.device() == target.device())) {
    fail(Code::kValue, "[assign] expects a value on {}, got one on {}", to_string(target.device()),
         to_string(values.device()));
  }
  if (target.device().kind == DeviceKind::kCpu) return copy_elements(values, target);
  backends::Backend& backend = backends::backend_of(target.device());
  auto operand = [](const NDArray& array) {
    return backends::Operand{array.dtype(), array.shape(), array.strides()};
  };
  backends::Stream stream = backend.stream();
  run_copy(copy_kernel(backend, operand(values), operand(target)), static_cast<char*>(values.raw()),
           static_cast<char*>(target.raw()), stream);
  backend.synchronize(stream);
}

NDArray EagerEngine::copy(const NDArray& array) {
  Allocator& allocator = backends::backend_of(array.device()).allocator();
  NDArray result = NDArray::empty(array.dtype(), array.shape(), allocator);
  write(array, result);
  return result;
}

NDArray EagerEngine::to_host(const NDArray& array) {
  return backends::backend_of(array.device()).to_host(array);
}

NDArray EagerEngine::to_device(const NDArray& array, Device device) {
  if (array.device() == device) return array;
  NDArray host = to_host(array);
  return device.kind == DeviceKind::kCpu ? host : backends::backend_of(device).to_device(host);
}

}  // namespace mycel::compiler
