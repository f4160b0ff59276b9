// The engine of tests below the compiler: formulas are interpreted, bodies run.
#pragma once

#include <vector>

#include "mycel/te/interpreter.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/rules.h"

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
    for (size_t i = 0; i < outputs.size(); ++i) {
      outputs[i] = NDArray::empty(results[i].dtype, to_shape(results[i].dims));
    }
    te::interpret(rule.formula(call), arrays, outputs);
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
};

}  // namespace mycel
