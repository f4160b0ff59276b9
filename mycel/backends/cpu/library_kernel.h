// Wraps oneDNN's primitives as kernels.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/backends/cpu/onednn/primitive.h"
#include "mycel/backends/cpu/sequence.h"

namespace mycel::backends::cpu {

// Operands: source, weights, bias (if any), destination. oneDNN must implement the description.
KernelPtr library_kernel(const onednn::Description& description);

// An operand as a oneDNN tensor: its own shape and strides, with `format`.
onednn::Tensor library_tensor(const Operand& operand,
                              onednn::Format format = onednn::Format::kGiven);
Operand row_major_operand(const ir::Type& type);

// Returns why oneDNN is not asked: an unsupported dtype, or an extent that is 0 or symbolic.
std::optional<std::string> library_declines(const ir::Call& call);

// Whether oneDNN takes the strides: positive and without overlap.
bool takes_strides(const Operand& operand);

// Input `number` and its place: the operand itself, or with `copy` a copy in scratch, with the
// strides of `layout`, that `sequence` makes first.
struct Staged {
  Operand operand;
  Sequence::Place place;
};
Staged stage(Sequence& sequence, const Operand& operand, size_t number, bool copy,
             Strides (*layout)(const Shape&));

}  // namespace mycel::backends::cpu
