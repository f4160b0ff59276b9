#include "mycel/compiler/layout.h"

namespace mycel::compiler {

int64_t bytes_of(const runtime::Spec& spec) {
  constexpr int64_t kAddressSpace = int64_t{1} << 48;  // so that sums of sizes do not overflow
  int64_t elements = num_elements(spec.shape);
  if (elements > kAddressSpace / byte_size(spec.dtype)) {
    fail(Code::kRuntime, "out of memory: {} of {} does not fit", to_string(spec.shape),
         name(spec.dtype));
  }
  return elements * byte_size(spec.dtype);
}

runtime::Spec dense(const ir::Type& type) {
  Shape shape = to_shape(type.dims);
  bool last = type.layout == ir::Layout::kChannelsLast && shape.size() == 4;
  Strides strides = last ? channels_last(shape) : row_major(shape);
  return {type.dtype, std::move(shape), std::move(strides), false};
}

ir::Layout layout_of(const Shape& shape, const Strides& strides) {
  if (is_row_major(shape, strides)) return ir::Layout::kRowMajor;
  return shape.size() == 4 && is_channels_last(shape, strides) ? ir::Layout::kChannelsLast
                                                               : ir::Layout::kAny;
}

}  // namespace mycel::compiler
