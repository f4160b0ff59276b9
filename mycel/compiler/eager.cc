#include "mycel/compiler/eager.h"

#include <memory>
#include <vector>

#include "mycel/compiler/eager_key.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/tensor/front_end_lock.h"

namespace mycel::compiler {
namespace {

using runtime::Executable;
using runtime::Spec;

struct Prepared {
  EagerKey key;
  ir::Attributes attributes;
  std::shared_ptr<const Executable> executable;
  // The common case, run without the executable's machinery: one kernel on inputs and fresh
  // outputs.
  const backends::Kernel* single = nullptr;
  bool takes_long = false;
};

// Operations that state what they cost do more with less memory.
constexpr int64_t kManyForHeavy = 32 * 1024;

// Calls differ in their extents, so the table is per thread (no lock) and bounded; what is dear,
// the machine code, is shared behind it by class. Open addressing, never more than half full.
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
                                              const ir::Attributes& attributes, Device device) {
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
  return compile(function, backends::backend_of(device), specs);
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
  // Operands exactly as they come: inputs in order, then outputs in order.
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
  // Compiled functions know no absent operands: they were left out.
  InlineVector<const NDArray*, 16> present;
  for (const NDArray* input : inputs) {
    if (input) present.push_back(input);
  }
  prepared.executable->run({present.data(), present.size()}, outputs);
}

// On copies of the arrays: another thread may give the tensors that hold them other values.
void run_unlocked(const Prepared& prepared, std::span<const NDArray* const> inputs,
                  std::span<NDArray> outputs) {
  InlineVector<NDArray, 4> held(inputs.size());
  InlineVector<const NDArray*, 8> copies(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i]) continue;
    held[i] = *inputs[i];
    copies[i] = &held[i];
  }
  WithoutFrontEndLock unlocked;
  run_prepared(prepared, copies, outputs);
}

// A view needs no kernel; false if its operand's strides do not allow it.
bool run_view(const ir::OpDef& op, const NDArray* input, const ir::Attributes& attributes,
              NDArray& output) {
  if (!input) return false;
  ir::Type type = ir::Type::tensor(input->dtype(), to_dims(input->shape()));
  ir::Call call{&op, &type, 1, &attributes};
  ir::Types types;
  ir::infer_types(call, types);
  return op.view(attributes, types[0].dims, *input, output);
}

}  // namespace

void EagerEngine::run(const ir::OpDef& op, std::span<const NDArray* const> inputs,
                      const ir::Attributes& attributes, Device device, std::span<NDArray> outputs) {
  if (op.is_view && run_view(op, inputs[0], attributes, outputs[0])) return;
  EagerKey key(op, attributes, device, inputs);
  const Prepared* prepared = table().find(key, attributes);
  if (!prepared) {
    Prepared fresh{key, attributes.own(), compile_one(op, inputs, attributes, device)};
    fresh.single = only_kernel(*fresh.executable, outputs.size());
    fresh.takes_long =
        op.cost ? fresh.executable->takes_long(kManyForHeavy) : fresh.executable->takes_long();
    prepared = table().add(std::move(fresh));
  }
  if (prepared->takes_long) return run_unlocked(*prepared, inputs, outputs);
  run_prepared(*prepared, inputs, outputs);
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
