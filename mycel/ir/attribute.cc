#include "mycel/ir/attribute.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "mycel/base/error.h"
#include "mycel/ir/attribute_text.h"

namespace mycel::ir {

DTypeClass kind_of(const Scalar& scalar) {
  constexpr DTypeClass kKinds[] = {DTypeClass::kBool, DTypeClass::kSigned, DTypeClass::kFloat};
  return kKinds[scalar.index()];
}

double to_double(const Scalar& scalar) {
  return std::visit([](auto value) { return static_cast<double>(value); }, scalar);
}

int64_t to_int(const Scalar& scalar) {
  if (const double* value = std::get_if<double>(&scalar)) {
    if (!(*value >= -0x1p63 && *value < 0x1p63)) {
      fail(Code::kValue, "expects a number that an int64 holds, got {}", *value);
    }
    return static_cast<int64_t>(*value);
  }
  if (const bool* value = std::get_if<bool>(&scalar)) return *value;
  return std::get<int64_t>(scalar);
}

const AttributeField* AttributeSchema::find(std::string_view name) const {
  for (const AttributeField& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

namespace {

const AttributeField& field_of(const AttributeSchema* schema, std::string_view name) {
  const AttributeField* field = schema ? schema->find(name) : nullptr;
  if (!field) fail_internal("there is no attribute {}", name);
  return *field;
}

}  // namespace

Attributes Attributes::own() const {
  if (owner_ || !data_) return *this;
  return make(*schema_, schema_->copy(data_));
}

Attribute Attributes::get(std::string_view name) const {
  return field_of(schema_, name).get(data_);
}

Attributes Attributes::with(std::string_view name, const Attribute& value) const {
  const AttributeField& field = field_of(schema_, name);
  std::shared_ptr<void> copy = schema_->copy(data_);
  field.set(copy.get(), value);
  return make(*schema_, std::move(copy));
}

namespace {

size_t mix(size_t seed, size_t value) {
  return seed ^ (value * 0x9e3779b97f4a7c15 + 0x7f4a7c15 + (seed << 6) + (seed >> 2));
}

size_t hash_array(const NDArray& array) {
  if (!array.defined()) return 0;
  NDArray dense = contiguous(array);
  std::string_view bytes(static_cast<const char*>(dense.raw()), static_cast<size_t>(dense.bytes()));
  size_t seed = mix(static_cast<size_t>(array.dtype()), std::hash<std::string_view>()(bytes));
  for (int64_t extent : array.shape()) seed = mix(seed, static_cast<size_t>(extent));
  return seed;
}

bool equal_arrays(const NDArray& a, const NDArray& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
  if (a.raw() == b.raw() && a.strides() == b.strides()) return true;
  NDArray x = contiguous(a), y = contiguous(b);
  return x.size() == 0 || std::memcmp(x.raw(), y.raw(), static_cast<size_t>(x.bytes())) == 0;
}

// Called with the same alternative on both sides.
template <class T>
bool equal_values(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, NDArray>) return equal_arrays(a, b);
  // By bits: 0.0 and -0.0 differ, a NaN equals itself.
  else if constexpr (std::is_same_v<T, double>)
    return std::bit_cast<int64_t>(a) == std::bit_cast<int64_t>(b);
  else
    return a == b;
}

template <class T>
size_t hash_value(const T& value) {
  if constexpr (std::is_same_v<T, std::monostate>) {
    return 0;
  } else if constexpr (std::is_same_v<T, double>) {
    return std::hash<int64_t>()(std::bit_cast<int64_t>(value));
  } else if constexpr (std::is_same_v<T, Ints>) {
    size_t seed = value.size();
    for (int64_t v : value) seed = mix(seed, static_cast<size_t>(v));
    return seed;
  } else if constexpr (std::is_same_v<T, Dims>) {
    size_t seed = value.size();
    for (Dim v : value) seed = mix(seed, static_cast<size_t>(v.word()));
    return seed;
  } else if constexpr (std::is_same_v<T, NDArray>) {
    return hash_array(value);
  } else {
    return std::hash<T>()(value);
  }
}

}  // namespace

bool equal(const Attribute& a, const Attribute& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&b](const auto& value) {
        return equal_values(value, std::get<std::decay_t<decltype(value)>>(b));
      },
      a);
}

size_t hash(const Attribute& attribute) {
  size_t value = std::visit([](const auto& v) { return hash_value(v); }, attribute);
  return mix(attribute.index(), value);
}

size_t Attributes::hash() const {
  size_t seed = 0;
  if (empty()) return seed;
  for (const AttributeField& field : schema_->fields) {
    seed = mix(seed, ir::hash(field.get(data_)));
  }
  return seed;
}

bool operator==(const Attributes& a, const Attributes& b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty();
  if (a.schema_ != b.schema_) return false;
  if (a.data_ == b.data_) return true;
  for (const AttributeField& field : a.schema_->fields) {
    if (!equal(field.get(a.data_), field.get(b.data_))) return false;
  }
  return true;
}

}  // namespace mycel::ir
