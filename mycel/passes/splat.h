// Splats: values that repeat one number.
#pragma once

#include <optional>
#include <span>

#include "mycel/ir/attribute.h"
#include "mycel/te/computation.h"

namespace mycel::passes {

// The number that every element equals bit for bit, if a `full` can represent it.
std::optional<ir::Scalar> splat_of(const NDArray& array);
// An array of one element.
NDArray one_element(const ir::Scalar& value, DType dtype);

// The output's only value if every input is a splat; nothing if it depends on the index.
std::optional<NDArray> evaluate_splat(const te::Output& output, std::span<const NDArray> inputs);

}  // namespace mycel::passes
