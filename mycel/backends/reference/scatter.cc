// `scatter_add` and `index_put` on the reference device.
#include "mycel/backends/api/index_operand.h"
#include "mycel/backends/reference/indices.h"
#include "mycel/backends/reference/primitives.h"

namespace mycel::backends::reference {
namespace {

template <class T>
void copy_input(const Operand& from, const void* data, const Operand& to, void* out) {
  for_each_index(to.shape, [&](const Ints& at) {
    static_cast<T*>(out)[offset(at, to.strides)] =
        static_cast<const T*>(data)[offset(at, from.strides)];
  });
}

// out[..., index[i], ...] += source[..., i, ...]
template <class T>
void scatter_add_as(const Request& request, void* const* buffers) {
  const Operand &index = request.inputs[1], &source = request.inputs[2];
  const Operand& out = request.outputs[0];
  copy_input<T>(request.inputs[0], buffers[0], out, buffers[3]);
  size_t dim = dim_attribute(request);
  IndexOperand positions(index, out.shape[dim], false, request.op->name);
  for_each_index(index.shape, [&](const Ints& at) {
    Ints target = at;
    target[dim] = positions.read(buffers[1], offset(at, index.strides));
    T& element = static_cast<T*>(buffers[3])[offset(target, out.strides)];
    element = sum_of(element, static_cast<const T*>(buffers[2])[offset(at, source.strides)]);
  });
}

// The offset at `at` in a broadcast array, whose dims are aligned at the right.
int64_t broadcast_offset(const Operand& array, const Ints& at) {
  int64_t out = 0;
  size_t missing = at.size() - array.shape.size();
  for (size_t d = 0; d < array.shape.size(); ++d) {
    if (array.shape[d] != 1) out += at[missing + d] * array.strides[d];
  }
  return out;
}

template <class T>
void index_put_as(const Request& request, void* const* buffers) {
  const Operand &values = request.inputs[1], &out = request.outputs[0];
  void* result = buffers[request.inputs.size()];
  copy_input<T>(request.inputs[0], buffers[0], out, result);
  IndexPutDims dims(request);
  std::vector<IndexOperand> positions;
  for (size_t k = 0; k < dims.indexed.size(); ++k) {
    positions.emplace_back(request.inputs[2 + k], out.shape[dims.indexed[k]], true,
                           request.op->name);
  }
  for_each_index(values.shape, [&](const Ints& at) {
    Ints target(out.shape.size(), 0), of_arrays;
    for (size_t k = 0; k < dims.rank; ++k) of_arrays.push_back(at[dims.array_in_values(k)]);
    for (size_t k = 0; k < dims.kept.size(); ++k) {
      target[dims.kept[k]] = at[dims.kept_in_values(k)];
    }
    for (size_t k = 0; k < dims.indexed.size(); ++k) {
      target[dims.indexed[k]] =
          positions[k].read(buffers[2 + k], broadcast_offset(request.inputs[2 + k], of_arrays));
    }
    T& element = static_cast<T*>(result)[offset(target, out.strides)];
    T value = static_cast<const T*>(buffers[1])[offset(at, values.strides)];
    element = dims.accumulate ? sum_of(element, value) : value;
  });
}

}  // namespace

void scatter_add(const Request& request, void* const* buffers) {
  visit_dtype(request.outputs[0].dtype,
              [&](auto tag) { scatter_add_as<typename decltype(tag)::type>(request, buffers); });
}

void index_put(const Request& request, void* const* buffers) {
  visit_dtype(request.outputs[0].dtype,
              [&](auto tag) { index_put_as<typename decltype(tag)::type>(request, buffers); });
}

}  // namespace mycel::backends::reference
