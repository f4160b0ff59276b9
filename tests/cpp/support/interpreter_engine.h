// The engine for tests below the compiler: interprets formulas, runs bodies.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "mycel/te/interpreter.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/op_rules.h"

namespace mycel {

class InterpreterEngine final : public Engine {
 public:
  void run(const ir::OpDef& op, std::span<const NDArray* const> inputs,
           const ir::Attributes& attributes, Device, std::span<NDArray> outputs) override {
    ir::Types types(inputs.size()), results;
    std::vector<NDArray> arrays(inputs.size());
    Tensors tensors(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i]) continue;
      arrays[i] = *inputs[i];
      types[i] = ir::Type::tensor(arrays[i].dtype(), to_dims(arrays[i].shape()));
      tensors[i] = Tensor(arrays[i]);
    }
    ir::Call call{&op, types.data(), types.size(), &attributes};
    ir::infer_types(call, results);
    if (op.is_view && op.view(attributes, results[0].dims, *inputs[0], outputs[0])) return;
    const OpRules& rule = rules(op);
    if (!rule.formula) {
      GradMode no_grad(false);
      Tensors values = rule.body(tensors, attributes);
      for (size_t i = 0; i < outputs.size(); ++i) outputs[i] = values[i].array();
      return;
    }
    std::vector<void*> addresses;
    for (const NDArray& array : arrays)
      addresses.push_back(array.defined() ? array.raw() : nullptr);
    for (size_t i = 0; i < outputs.size(); ++i) {
      outputs[i] = NDArray::empty(results[i].dtype, to_shape(results[i].dims));
      addresses.push_back(outputs[i].raw());
    }
    interpreter_of(call, arrays, outputs)->run(addresses.data());
  }
  void write(const NDArray& values, const NDArray& target) override {
    copy_elements(values, target);
  }
  NDArray copy(const NDArray& array) override {
    NDArray result = NDArray::empty(array.dtype(), array.shape());
    copy_elements(array, result);
    return result;
  }
  NDArray to_host(const NDArray& array) override { return array; }
  NDArray to_device(const NDArray& array, Device) override { return array; }

 private:
  using Signature = std::vector<int64_t>;
  struct Prepared {
    ir::Attributes attributes;
    std::shared_ptr<const te::Interpreter> interpreter;
  };

  // Prepared once for equal calls: a test of a long chain repeats the same one.
  std::shared_ptr<const te::Interpreter> interpreter_of(const ir::Call& call,
                                                        const std::vector<NDArray>& inputs,
                                                        std::span<const NDArray> outputs) {
    Signature signature{reinterpret_cast<int64_t>(call.def)};
    auto infos = [&](std::span<const NDArray> arrays) {
      std::vector<te::ArrayInfo> all;
      for (const NDArray& array : arrays) {
        const te::ArrayInfo& info =
            all.emplace_back(te::ArrayInfo{array.dtype(), array.shape(), array.strides()});
        signature.push_back(array.defined() ? static_cast<int64_t>(info.dtype) : -1);
        signature.push_back(static_cast<int64_t>(info.shape.size()));
        signature.insert(signature.end(), info.shape.begin(), info.shape.end());
        signature.insert(signature.end(), info.strides.begin(), info.strides.end());
      }
      return all;
    };
    std::vector<te::ArrayInfo> in = infos(inputs), out = infos(outputs);
    std::lock_guard hold(mutex_);
    if (prepared_.size() >= kMost) prepared_.clear();
    std::vector<Prepared>& known = prepared_[signature];
    for (const Prepared& each : known) {
      if (each.attributes == *call.attributes) return each.interpreter;
    }
    auto fresh = std::make_shared<te::Interpreter>(rules(*call.def).formula(call), std::move(in),
                                                   std::move(out));
    known.push_back({call.attributes->own(), fresh});
    return fresh;
  }

  static constexpr size_t kMost = 256;
  std::mutex mutex_;
  std::map<Signature, std::vector<Prepared>> prepared_;  // by all but the attributes
};

}  // namespace mycel
