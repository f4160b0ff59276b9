// Calls of the kernel library as kernels.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/backends/cpu/onednn/primitive.h"
#include "mycel/backends/cpu/sequence.h"

namespace mycel::backends::cpu {

// Operands: source, weights, the bias if there is one, destination. The library must have an
// implementation of the description.
KernelPtr library_kernel(const onednn::Description& description);

// An operand as the library sees it: as it lies, with `format`.
onednn::Tensor library_tensor(const Operand& operand,
                              onednn::Format format = onednn::Format::kGiven);
Operand row_major_operand(const ir::Type& type);

// Why the library is not asked: a dtype that it does not know, an extent of 0 or that is not known.
std::optional<std::string> library_declines(const ir::Call& call);

// Whether the library takes the strides: positive and without overlap.
bool takes_strides(const Operand& operand);

// Input number `i`, and where it is: the operand itself, or a copy in scratch under `strides` that
// `sequence` makes first.
struct Staged {
  Operand operand;
  Sequence::Place place;
};
Staged stage(Sequence& sequence, const Operand& operand, size_t number, bool copy,
             Strides (*layout)(const Shape&));

}  // namespace mycel::backends::cpu
