// A call of the kernel library as a Kernel.
#pragma once

#include <vector>

#include "mycel/backends/api/backend.h"
#include "mycel/backends/cpu/onednn/primitive.h"

namespace mycel::backends::cpu {

// The inputs of a request in strides that the library takes (positive, without overlap), and the
// copies that bring the others there.
struct StagedInputs {
  struct Copy {
    size_t input;
    KernelPtr kernel;
    size_t bytes;
  };
  std::vector<Operand> inputs;
  std::vector<Copy> copies;
};

// Copies get `layout`'s strides of their shape. `also`: whether an input is to be copied that the
// library would take.
StagedInputs stage_inputs(const Request& request, Strides (*layout)(const Shape&),
                          bool (*also)(const Operand&) = nullptr);

// Which operand plays each part: inputs are numbered first, then outputs, as buffers are.
struct Parts {
  size_t source;
  size_t weights;
  size_t destination;
  size_t bias = kNone;
  static constexpr size_t kNone = ~size_t{0};
};

// The library must have an implementation of the description.
KernelPtr make_library_kernel(const onednn::Description& description, const Parts& parts,
                              StagedInputs staged);

// A description's operand of another shape: as it lies, with `format`.
onednn::Tensor library_tensor(const Operand& operand,
                              onednn::Format format = onednn::Format::kGiven);

// Why the library is not asked: a dtype that it does not know, an extent of 0 or that is not known.
std::optional<std::string> library_declines(const ir::Call& call);

}  // namespace mycel::backends::cpu
