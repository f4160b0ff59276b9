// Static parameters of an operation: a plain struct per operation, described by a schema.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "mycel/core/ndarray.h"
#include "mycel/ir/attribute_role.h"

namespace mycel::ir {

// A number written by the user. It is weak: it takes the dtype of the tensor it is combined with.
using Scalar = std::variant<bool, int64_t, double>;
DTypeClass kind_of(const Scalar& scalar);
double to_double(const Scalar& scalar);
int64_t to_int(const Scalar& scalar);  // truncates; a float out of range raises ValueError

// Padding of a window operation: "same", "valid", or one number per spatial axis.
using Padding = std::variant<std::string, Ints>;

// The possible values of an attribute; monostate is None.
using Attribute =
    std::variant<std::monostate, bool, int64_t, double, std::string, DType, Ints, Dims, NDArray>;

enum class AttributeKind : uint8_t {
  kBool,
  kInt,
  kFloat,
  kString,
  kChoice,  // an enum, one of `choices`; a string in text and in Python
  kDType,
  kInts,     // a list of integers; Python also accepts one integer
  kDims,     // a shape
  kScalar,   // bool, int64 or double
  kPadding,  // a string or ints
  kArray,    // a constant
};

struct AttributeField {
  std::string name;
  std::string doc;
  AttributeKind kind = AttributeKind::kInt;
  bool optional = false;             // may be None
  std::vector<std::string> choices;  // kChoice: indexed by enum value
  Attribute default_value;
  AttributeRole role = AttributeRole::kPlain;
  Unchanged unchanged = Unchanged::kZero;  // of role kPerDim
  // The dims that the attribute names, in place: of roles that hold dims.
  std::function<std::span<int64_t>(void*)> dims;
  std::function<Attribute(const void*)> get;
  std::function<void(void*, const Attribute&)> set;  // raises TypeError for a wrong kind
};

// The fields of one attribute struct. Built by define/define.h from member pointers.
struct AttributeSchema {
  std::vector<AttributeField> fields;
  std::shared_ptr<const void> defaults;  // a struct as its constructor leaves it
  std::function<std::shared_ptr<void>(const void*)> copy;

  template <class A>
  void set_struct() {
    defaults = std::make_shared<A>();
    copy = [](const void* a) { return std::make_shared<A>(*static_cast<const A*>(a)); };
  }
  const AttributeField* find(std::string_view name) const;
};

// An attribute struct of any type with its schema; immutable, cheap to copy. `borrow` refers to a
// struct on the caller's stack without allocating; `own` copies it so that it outlives the call.
class Attributes {
 public:
  Attributes() = default;
  static Attributes borrow(const AttributeSchema& schema, const void* data) {
    return {&schema, data, nullptr};
  }
  static Attributes make(const AttributeSchema& schema, std::shared_ptr<const void> data) {
    const void* raw = data.get();
    return {&schema, raw, std::move(data)};
  }
  // As the struct's constructor leaves them; empty if the operation has no struct. They live as
  // long as the schema, so their owners are not counted.
  static Attributes defaults(const AttributeSchema& schema) {
    const void* data = schema.defaults.get();
    return data ? make(schema, {std::shared_ptr<const void>(), data}) : Attributes();
  }
  Attributes own() const;

  // The struct; the caller knows its type from the operation.
  template <class A>
  const A& as() const {
    return *static_cast<const A*>(data_);
  }
  const AttributeSchema* schema() const { return schema_; }
  bool empty() const { return !schema_ || schema_->fields.empty(); }
  const void* data() const { return data_; }
  Attribute get(std::string_view name) const;
  // Returns a copy with one field changed.
  Attributes with(std::string_view name, const Attribute& value) const;

  size_t hash() const;
  friend bool operator==(const Attributes& a, const Attributes& b);

 private:
  Attributes(const AttributeSchema* schema, const void* data, std::shared_ptr<const void> owner)
      : schema_(schema), data_(data), owner_(std::move(owner)) {}

  const AttributeSchema* schema_ = nullptr;
  const void* data_ = nullptr;
  std::shared_ptr<const void> owner_;
};

bool equal(const Attribute& a, const Attribute& b);  // floats and arrays bitwise
size_t hash(const Attribute& attribute);
// Prints as in the text form: true, 3, 0.1, "mean", f32, [1, 2], none; at most 16 elements of an
// array.
std::string to_string(const Attribute& attribute);

}  // namespace mycel::ir
