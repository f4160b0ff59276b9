#include "mycel/ir/attribute_role.h"

#include <algorithm>
#include <span>

#include "mycel/core/shape.h"
#include "mycel/ir/op_def.h"

namespace mycel::ir {

bool holds_dims(AttributeRole role) {
  return role == AttributeRole::kDim || role == AttributeRole::kDims ||
         role == AttributeRole::kDimOrder || role == AttributeRole::kNewDim;
}

namespace {

// The dims that the values of this role count: those of the result for a new one.
size_t counted_dims(AttributeRole role, size_t rank) {
  if (role == AttributeRole::kNewDim) return rank + 1;
  if (role == AttributeRole::kDimOrder) return rank;
  return std::max<size_t>(rank, 1);
}

bool are_distinct_and_in_range(std::span<const int64_t> dims, size_t count) {
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] < 0 || dims[i] >= static_cast<int64_t>(count)) return false;
    if (std::find(dims.begin(), dims.begin() + i, dims[i]) != dims.begin() + i) return false;
  }
  return true;
}

void count_from_front(const OpDef& op, std::span<int64_t> dims, size_t count) {
  const Ints given(dims.begin(), dims.end());
  for (size_t i = 0; i < dims.size(); ++i) {
    dims[i] = normalize_axis(given[i], count, op.name);
    if (std::find(dims.begin(), dims.begin() + i, dims[i]) != dims.begin() + i) {
      fail(Code::kValue, "[{}] expects every dim once, got dim {} twice in {}", op.name, dims[i],
           to_string(given));
    }
  }
}

// Entries of the result's dims or of each dim, as Dims or as integers.
Attribute with_first_entry(const Attribute& entries, Dim first) {
  if (const Ints* integers = std::get_if<Ints>(&entries)) {
    Ints all{first.value()};
    for (int64_t entry : *integers) all.push_back(entry);
    return all;
  }
  Dims all{first};
  for (Dim entry : std::get<Dims>(entries)) all.push_back(entry);
  return all;
}

Attribute with_entry(const Attribute& entries, size_t at, Dim entry) {
  if (const Ints* integers = std::get_if<Ints>(&entries)) {
    Ints all = *integers;
    all[at] = entry.value();
    return all;
  }
  Dims all = std::get<Dims>(entries);
  all[at] = entry;
  return all;
}

Attribute shifted(const Attribute& dims) {
  if (const int64_t* dim = std::get_if<int64_t>(&dims)) return *dim + 1;
  Ints all = std::get<Ints>(dims);
  for (int64_t& dim : all) ++dim;
  return all;
}

// None stands for all dims. An empty list does for reductions, but for no dim elsewhere.
bool is_none(const Attribute& dims) { return std::holds_alternative<std::monostate>(dims); }
bool is_empty_list(const Attribute& dims) {
  const Ints* listed = std::get_if<Ints>(&dims);
  return listed && listed->empty();
}

Attribute all_but_first(size_t rank) {
  Ints dims;
  for (size_t d = 1; d <= rank; ++d) dims.push_back(static_cast<int64_t>(d));
  return dims;
}

Dim unchanged_entry(Unchanged unchanged, Dim extent) {
  return unchanged == Unchanged::kZero ? Dim(0) : unchanged == Unchanged::kOne ? Dim(1) : extent;
}

// None if there is no such attribute.
std::optional<Attribute> with_front_dim(const AttributeField& field, size_t rank,
                                        const Attribute& value, Dim extent) {
  switch (field.role) {
    case AttributeRole::kDim:
      if (is_none(value) || rank == 0) return std::nullopt;
      return shifted(value);
    case AttributeRole::kNewDim:
      if (is_none(value)) return std::nullopt;
      return shifted(value);
    case AttributeRole::kDims:
      if (rank == 0 || is_empty_list(value)) return std::nullopt;
      return is_none(value) ? all_but_first(rank) : shifted(value);
    case AttributeRole::kDimOrder:
      return with_first_entry(shifted(value), 0);
    case AttributeRole::kBroadcast:
      if (std::get<Dims>(value).size() > rank) return std::nullopt;
      return with_first_entry(value, extent);
    case AttributeRole::kExtents:
      return with_first_entry(value, extent);
    case AttributeRole::kPerDim:
      return with_first_entry(value, unchanged_entry(field.unchanged, extent));
    default:
      return value;
  }
}

}  // namespace

Attributes count_dims_from_front(const OpDef& op, size_t rank, const Attributes& attributes) {
  std::shared_ptr<void> counted;
  for (const AttributeField& field : op.attributes.fields) {
    if (!holds_dims(field.role)) continue;
    size_t count = counted_dims(field.role, rank);
    // Only read, until there is a copy.
    void* data = counted ? counted.get() : const_cast<void*>(attributes.data());
    if (are_distinct_and_in_range(field.dims(data), count)) continue;
    if (!counted) counted = op.attributes.copy(attributes.data());
    count_from_front(op, field.dims(counted.get()), count);
  }
  return counted ? Attributes::make(op.attributes, std::move(counted)) : attributes;
}

std::optional<Attributes> with_front_dim(const OpDef& op, size_t rank, const Attributes& attributes,
                                         Dim extent) {
  if (op.fixes_dims) return std::nullopt;
  Attributes shifted = attributes;
  for (const AttributeField& field : op.attributes.fields) {
    if (field.role == AttributeRole::kPlain) continue;
    std::optional<Attribute> value =
        with_front_dim(field, rank, field.get(attributes.data()), extent);
    if (!value) return std::nullopt;
    shifted = shifted.with(field.name, *value);
  }
  return shifted;
}

Attributes with_extent(const OpDef& op, const Attributes& attributes, size_t dim, int result_dim,
                       Dim extent) {
  Attributes resized = attributes;
  for (const AttributeField& field : op.attributes.fields) {
    Attribute value = field.get(resized.data());
    bool extents = field.role == AttributeRole::kExtents || field.role == AttributeRole::kBroadcast;
    if (extents && result_dim >= 0) {
      resized =
          resized.with(field.name, with_entry(value, static_cast<size_t>(result_dim), extent));
    } else if (field.role == AttributeRole::kPerDim && field.unchanged == Unchanged::kExtent) {
      resized = resized.with(field.name, with_entry(value, dim, extent));
    }
  }
  return resized;
}

}  // namespace mycel::ir
