#include "mycel/ir/attribute_text.h"

#include <algorithm>

#include "mycel/base/error.h"
#include "mycel/core/number_text.h"

namespace mycel::ir {
namespace {

std::string array_text(const NDArray& array) {
  if (!array.defined()) return "none";
  NDArray dense = contiguous(array);
  std::string text = array_type_text(array) + "{";
  int64_t shown = std::min(dense.size(), kMaxInlineElements);
  for (int64_t i = 0; i < shown; ++i) text += (i ? ", " : "") + element_text(dense, i);
  return text + (shown < dense.size() ? ", ...}" : "}");
}

struct AttributeText {
  std::string operator()(std::monostate) const { return "none"; }
  std::string operator()(bool value) const { return number_text(value); }
  std::string operator()(int64_t value) const { return number_text(value); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(DType value) const { return std::string(short_name(value)); }
  std::string operator()(const Ints& value) const { return to_string(value); }
  std::string operator()(const Dims& value) const { return to_string(value); }
  std::string operator()(const NDArray& value) const { return array_text(value); }
};

}  // namespace

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string element_text(const NDArray& row_major, int64_t i) {
  return visit_dtype(row_major.dtype(), [&](auto tag) {
    return number_text(row_major.data<typename decltype(tag)::type>()[i]);
  });
}

std::string array_type_text(const NDArray& array) {
  return fmt::format("{}[{}]", short_name(array.dtype()), fmt::join(array.shape(), ","));
}

std::string to_string(const Attribute& attribute) { return std::visit(AttributeText(), attribute); }

}  // namespace mycel::ir
