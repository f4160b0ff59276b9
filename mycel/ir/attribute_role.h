// Roles of attributes: how an attribute refers to the dims of operands and results. The role tells
// how the attribute changes when dims are counted from the end, added or cut.
#pragma once

#include <cstdint>
#include <optional>

#include "mycel/core/dim.h"

namespace mycel::ir {

class Attributes;
struct OpDef;

// If the operation takes a list of tensors, "operand 0" below means the tensor with the most dims.
enum class AttributeRole : uint8_t {
  kPlain,          // nothing of dims: numbers, dtypes, flags, text
  kDim,            // a dim of operand 0; a 0-d operand has the dims 0 and -1, as in PyTorch
  kDims,           // dims of operand 0, each at most once
  kDimOrder,       // all dims of operand 0 in another order
  kNewDim,         // a dim that the result has and operand 0 has not
  kLastDims,       // a number of last dims of operand 0, or their extents
  kExtents,        // the result's extents, one for each dim
  kBroadcast,      // the extents to which operand 0's dims broadcast, the last ones aligned
  kNewExtent,      // the extent of a new dim
  kPerDim,         // an entry for each dim of operand 0
  kPairsFromLast,  // two entries for each of some last dims, the last dim first
  kPerSpatialDim,  // an entry for each spatial dim
  kGroups,         // the number of blocks that the channels are split into
};

// Whether attributes of the role name dims, which may be counted from the end.
bool holds_dims(AttributeRole role);

// The entry of a role kPerDim for a dim that the operation leaves as it is.
enum class Unchanged : uint8_t { kZero, kOne, kExtent };

// Dims counted from the front. Raises IndexError for a dim out of range and ValueError for one
// given twice. `rank` is that of operand 0.
Attributes count_dims_from_front(const OpDef& op, size_t rank, const Attributes& attributes);

// The same operation on operands and results with one more dim in front, of this extent. None if
// the operation has no such form: its dims have fixed places, or it runs over all dims as one.
// `rank` is that of operand 0 without the new dim, `attributes` count dims from the front.
std::optional<Attributes> with_front_dim(const OpDef& op, size_t rank, const Attributes& attributes,
                                         Dim extent);

// The same operation on a part: dim `dim` of operand 0, which the operation leaves as it is, has
// this extent, and so has dim `result_dim` of the result (-1: none).
Attributes with_extent(const OpDef& op, const Attributes& attributes, size_t dim, int result_dim,
                       Dim extent);

}  // namespace mycel::ir
