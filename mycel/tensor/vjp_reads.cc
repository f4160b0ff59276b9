#include "mycel/tensor/vjp_reads.h"

#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "mycel/base/fork_safe_mutex.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/op_rules.h"
#include "mycel/tensor/trace.h"

namespace mycel {
namespace {

// What the reads depend on, as words: attributes by their hash, and compared as well.
struct Key {
  InlineVector<uint64_t, 8> words;
  ir::Attributes attributes;

  friend bool operator==(const Key& a, const Key& b) {
    return a.words == b.words && a.attributes == b.attributes;
  }
};
struct Hash {
  size_t operator()(const Key& key) const {
    uint64_t h = 0;
    for (uint64_t word : key.words) h = (h ^ word) * 0x9e3779b97f4a7c15;
    return h ^ (h >> 32);
  }
};

Key key_of(const ir::OpDef& op, const ir::Attributes& attributes, const States& inputs) {
  Key key;
  key.words.push_back(static_cast<uint64_t>(op.id));
  if (!attributes.empty()) key.words.push_back(attributes.hash());
  for (const State& input : inputs) {
    const NDArray& array = input.payload.array;
    uint64_t word =
        array.defined() ? array.rank() << 8 | static_cast<uint64_t>(array.dtype()) : ~uint64_t{0};
    key.words.push_back(word << 1 | (input.edge.node ? 1 : 0));
  }
  key.attributes = attributes;
  return key;
}

// Whether the traced value was an operand of some operation, or is one of the gradients.
bool is_read(const ir::Value* value, const Tensors& gradients) {
  if (!value->uses().empty()) return true;
  for (const Tensor& gradient : gradients) {
    if (gradient.defined() && gradient.state().payload.traced == value) return true;
  }
  return false;
}

VjpReads learn(const ir::OpDef& op, const ir::Attributes& attributes, const States& inputs,
               const Payloads& outputs) {
  DeviceScope keep(context().device);
  OwnedTrace trace(op.name + "_vjp");
  TraceScope scope(*trace);
  GradMode no_grad(false);
  Tensors operands(inputs.size()), results, cotangents;
  std::vector<bool> needed(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].payload.array.defined()) continue;
    operands[i] = trace->add_argument(inputs[i].payload.type());
    needed[i] = static_cast<bool>(inputs[i].edge.node);
    if (needed[i]) operands[i].set_requires_grad(true);
  }
  for (const Payload& output : outputs) {
    results.push_back(trace->add_argument(output.type()));
    cotangents.push_back(trace->add_argument(output.type()));
  }
  Tensors gradients = rules(op).vjp(Vjp(operands, results, cotangents, needed), attributes);
  VjpReads reads{0, 0};
  auto note = [&](const Tensors& tensors, uint64_t& bits) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      bool read = tensors[i].defined() && is_read(tensors[i].state().payload.traced, gradients);
      if (read) bits |= i < 64 ? uint64_t{1} << i : ~uint64_t{0};
    }
  };
  note(operands, reads.inputs);
  note(results, reads.outputs);
  return reads;
}

// Attributes such as positions may differ in every call.
constexpr size_t kMostKnown = 4096;

// Of all threads.
struct Known {
  ForkSafeMutex mutex;
  std::unordered_map<Key, VjpReads, Hash> reads;
};
Known& known() {
  static Known instance;
  return instance;
}

std::optional<VjpReads> find_known(const Key& key) {
  std::scoped_lock lock(known().mutex);
  auto found = known().reads.find(key);
  return found == known().reads.end() ? std::nullopt : std::optional(found->second);
}

// The thread's recent calls of one operation: most calls are like one of them.
struct Recent {
  static constexpr size_t kMost = 4;
  struct Call {
    Key key;
    VjpReads reads;
  };
  std::vector<Call> calls;
  size_t oldest = 0;

  const VjpReads* find(const Key& key) const {
    for (const Call& call : calls) {
      if (call.key == key) return &call.reads;
    }
    return nullptr;
  }
  void add(Call call) {
    if (calls.size() < kMost) {
      calls.push_back(std::move(call));
    } else {
      calls[oldest] = std::move(call);
      oldest = (oldest + 1) % kMost;
    }
  }
};
Recent& recent_of(const ir::OpDef& op) {
  thread_local std::vector<Recent> all;
  auto id = static_cast<size_t>(op.id);
  if (all.size() <= id) all.resize(ir::Registry::get().size());
  return all[id];
}

VjpReads learn_or_all(const ir::OpDef& op, const ir::Attributes& attributes, const States& inputs,
                      const Payloads& outputs) {
  try {
    return learn(op, attributes, inputs, outputs);
  } catch (const Error&) {
    return {};  // it looks at values
  }
}

}  // namespace

VjpReads vjp_reads(const ir::OpDef& op, const ir::Attributes& attributes, const States& inputs,
                   const Payloads& outputs) {
  Key key = key_of(op, attributes, inputs);
  Recent& recent = recent_of(op);
  if (const VjpReads* found = recent.find(key)) return *found;
  std::optional<VjpReads> reads = find_known(key);
  key.attributes = attributes.own();
  if (!reads) {
    reads = learn_or_all(op, attributes, inputs, outputs);
    std::scoped_lock lock(known().mutex);
    if (known().reads.size() >= kMostKnown) known().reads.clear();
    known().reads.emplace(key, *reads);
  }
  recent.add({std::move(key), *reads});
  return *reads;
}

}  // namespace mycel
