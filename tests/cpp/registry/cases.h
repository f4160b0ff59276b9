// Iterates over the registry: every definition, every sample, every dtype.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mycel/tensor/op_rules.h"
#include "tests/cpp/registry/sample_values.h"

namespace mycel {

// Operations without regions, then the functions that only compose.
std::vector<const ir::OpDef*> definitions();
std::vector<const ir::OpDef*> operations();

// One sample of a definition in one dtype.
struct Case {
  const ir::OpDef* op;
  size_t number;  // of the sample
  const Sample* sample;
  DType dtype;
  ir::Attributes attributes;  // the sample's, with dims counted from the front

  std::string name() const;  // "add[1] f32"
  // Row-major arrays, undefined for absent operands; the same for every call.
  std::vector<NDArray> arrays() const;
  // The types of the operands, for inference.
  ir::Types operand_types() const;
  ir::Types result_types() const;
};

// The dtypes that all swept inputs of a sample take; one arbitrary dtype where none is swept.
std::vector<DType> swept_dtypes(const ir::OpDef& op, const Sample& sample);

// Calls visit(case) for every sample of the definitions in every dtype that `chosen` accepts.
// Errors that a visit raises become test failures that name the case.
void for_each_case(const std::vector<const ir::OpDef*>& ops,
                   const std::function<bool(DType)>& chosen,
                   const std::function<void(const Case&)>& visit);

// Arrays as tensors; undefined ones stay so.
Tensors to_tensors(const std::vector<NDArray>& arrays);
// Runs the definition on tensors, promoting nothing.
Tensors run(const Case& c, const Tensors& inputs);
// The same in one compiled function.
Tensors run_jitted(const Case& c, const Tensors& inputs);
// As host arrays, row-major.
std::vector<NDArray> host_arrays(const Tensors& tensors);

}  // namespace mycel
