// Turns a member of an attribute struct into a field of its schema.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "mycel/ir/attribute.h"

namespace mycel {

[[noreturn]] inline void wrong_attribute(const std::string& name, const ir::Attribute& value) {
  fail(Code::kType, "attribute {} does not take {}", name, ir::to_string(value));
}

template <class M>
struct AttributeTraits {
  static constexpr ir::AttributeKind kind() {
    using ir::AttributeKind;
    if constexpr (std::is_same_v<M, bool>)
      return AttributeKind::kBool;
    else if constexpr (std::is_same_v<M, int64_t>)
      return AttributeKind::kInt;
    else if constexpr (std::is_same_v<M, double>)
      return AttributeKind::kFloat;
    else if constexpr (std::is_same_v<M, std::string>)
      return AttributeKind::kString;
    else if constexpr (std::is_same_v<M, DType>)
      return AttributeKind::kDType;
    else if constexpr (std::is_same_v<M, Ints>)
      return AttributeKind::kInts;
    else if constexpr (std::is_same_v<M, Dims> || std::is_same_v<M, Dim>)
      return AttributeKind::kDims;
    else if constexpr (std::is_same_v<M, ir::Scalar>)
      return AttributeKind::kScalar;
    else if constexpr (std::is_same_v<M, ir::Padding>)
      return AttributeKind::kPadding;
    else if constexpr (std::is_same_v<M, NDArray>)
      return AttributeKind::kArray;
    else {
      static_assert(std::is_enum_v<M>, "an attribute's type is one of the closed set of kinds");
      return AttributeKind::kChoice;
    }
  }

  static ir::Attribute to(const M& value, const std::vector<std::string>& choices) {
    if constexpr (std::is_enum_v<M> && !std::is_same_v<M, DType>) {
      return choices.at(static_cast<size_t>(value));
    } else if constexpr (std::is_same_v<M, ir::Scalar> || std::is_same_v<M, ir::Padding>) {
      return std::visit([](const auto& v) { return ir::Attribute(v); }, value);
    } else if constexpr (std::is_same_v<M, Dim>) {
      return Dims{value};
    } else {
      return value;
    }
  }

  // Returns false if the value is of another kind.
  static bool from(const ir::Attribute& value, const std::vector<std::string>& choices, M& out) {
    if constexpr (std::is_enum_v<M> && !std::is_same_v<M, DType>) {
      const auto* text = std::get_if<std::string>(&value);
      for (size_t i = 0; text && i < choices.size(); ++i) {
        if (choices[i] == *text) return out = static_cast<M>(i), true;
      }
      return false;
    } else if constexpr (std::is_same_v<M, ir::Scalar>) {
      if (auto* b = std::get_if<bool>(&value)) return out = *b, true;
      if (auto* i = std::get_if<int64_t>(&value)) return out = *i, true;
      if (auto* d = std::get_if<double>(&value)) return out = *d, true;
      return false;
    } else if constexpr (std::is_same_v<M, ir::Padding>) {
      if (auto* s = std::get_if<std::string>(&value)) return out = *s, true;
      if (auto* i = std::get_if<Ints>(&value)) return out = *i, true;
      return false;
    } else if constexpr (std::is_same_v<M, Dim>) {
      Dims one;
      bool is_dim = AttributeTraits<Dims>::from(value, choices, one) && one.size() == 1;
      return is_dim ? (out = one[0], true) : false;
    } else {
      if (auto* exact = std::get_if<M>(&value)) return out = *exact, true;
      if constexpr (std::is_same_v<M, double>) {
        if (auto* i = std::get_if<int64_t>(&value)) return out = static_cast<double>(*i), true;
      }
      if constexpr (std::is_same_v<M, Dims>) {
        if (auto* i = std::get_if<Ints>(&value)) return out = to_dims(*i), true;
      }
      return false;
    }
  }
};

template <class T>
struct IsOptional : std::false_type {
  using type = T;
};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using type = T;
};

template <class T>
T* present(T& value) {
  return &value;
}
template <class T>
T* present(std::optional<T>& value) {
  return value ? &*value : nullptr;
}

// The field that `at` returns, by reference, of an `A*` or a `const A*`.
template <class A, class F>
ir::AttributeField attribute_field_at(F at, std::string name, std::string doc,
                                      std::vector<std::string> choices) {
  using M = std::remove_reference_t<std::invoke_result_t<F, A*>>;
  using Inner = typename IsOptional<M>::type;
  using Traits = AttributeTraits<Inner>;
  ir::AttributeField field;
  field.get = [at, choices](const void* data) -> ir::Attribute {
    const M& value = at(static_cast<const A*>(data));
    if constexpr (IsOptional<M>::value) {
      return value ? Traits::to(*value, choices) : ir::Attribute();
    } else {
      return Traits::to(value, choices);
    }
  };
  field.set = [at, choices, name](void* data, const ir::Attribute& value) {
    M& out = at(static_cast<A*>(data));
    if constexpr (IsOptional<M>::value) {
      if (std::holds_alternative<std::monostate>(value)) {
        out.reset();
        return;
      }
      Inner inner{};
      if (!Traits::from(value, choices, inner)) wrong_attribute(name, value);
      out = std::move(inner);
    } else {
      if (!Traits::from(value, choices, out)) wrong_attribute(name, value);
    }
  };
  if constexpr (std::is_same_v<Inner, int64_t> || std::is_same_v<Inner, Ints>) {
    field.dims = [at](void* data) -> std::span<int64_t> {
      Inner* value = present(at(static_cast<A*>(data)));
      if (!value) return {};
      if constexpr (std::is_same_v<Inner, int64_t>) {
        return {value, 1};
      } else {
        return {value->data(), value->size()};
      }
    };
  }
  A defaults{};
  field.default_value = field.get(&defaults);
  field.kind = Traits::kind();
  field.optional = IsOptional<M>::value;
  field.name = std::move(name);
  field.doc = std::move(doc);
  field.choices = std::move(choices);
  return field;
}

template <class A, class M>
ir::AttributeField attribute_field(M A::* member, std::string name, std::string doc,
                                   std::vector<std::string> choices) {
  auto at = [member](auto* a) -> auto& { return a->*member; };
  return attribute_field_at<A>(at, std::move(name), std::move(doc), std::move(choices));
}

}  // namespace mycel
