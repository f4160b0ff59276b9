// Where the elements of a view lie in its root: shape, strides and offset.
#pragma once

#include <optional>

#include "mycel/tensor/tensor_impl.h"

namespace mycel {

// An array without a buffer.
using Geometry = NDArray;

// Whether the shapes of the object and of all its bases are known numbers.
bool has_geometry(const TensorImpl& object);
bool is_static(const Dims& dims);
// Expects has_geometry. The root counts as row-major unless its trace knows its strides.
Geometry geometry_of(const TensorImpl& object);

// The view of an array by an operation whose result has `dims`; nullopt if it needs a copy.
std::optional<NDArray> through_view(const ir::OpDef& op, const ir::Attributes& attributes,
                                    const Dims& dims, const NDArray& array);
// The elements of `object` in an array of its root, or of `base`; nullopt if a view operation needs
// a copy.
std::optional<NDArray> through_views(const TensorImpl& object, const NDArray& array,
                                     const TensorImpl* base = nullptr);

// Whether several positions may be one element.
bool overlaps(const NDArray& array);

}  // namespace mycel
