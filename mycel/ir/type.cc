#include "mycel/ir/type.h"

#include <array>

#include "mycel/base/error.h"

namespace mycel::ir {
namespace {

constexpr size_t kMaxRank = 64;
// Indexed by Layout.
constexpr std::array<std::string_view, 3> kLayouts = {"", "row_major", "channels_last"};

[[noreturn]] void wrong(std::string_view text) {
  fail(Code::kValue, "expects a type such as f32[8,n], got \"{}\"", text);
}

// "8,floordiv(n, 2)": commas inside parentheses do not separate.
Dims parse_dims(std::string_view list, std::string_view text) {
  Dims dims;
  if (list.empty()) return dims;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i <= list.size(); ++i) {
    char c = i < list.size() ? list[i] : ',';
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c != ',' || (depth > 0 && i < list.size())) continue;
    if (dims.size() == kMaxRank) wrong(text);
    dims.push_back(Dim::parse(list.substr(begin, i - begin)));
    begin = i + 1;
  }
  for (Dim dim : dims) {
    if (dim.is_constant() && dim.value() < 0) wrong(text);
  }
  return dims;
}

}  // namespace

std::string to_string(const Type& type) {
  if (type.is_none()) return "none";
  if (type.kind == Type::Kind::kToken) return "token";
  std::string text(short_name(type.dtype));
  text += "[";
  for (size_t i = 0; i < type.rank(); ++i) text += (i ? "," : "") + type.dim(i).to_string();
  text += "]";
  if (type.layout != Layout::kAny) {
    text += "@";
    text += kLayouts[static_cast<size_t>(type.layout)];
  }
  return text;
}

Type parse_type(std::string_view text) {
  if (text == "none") return {};
  if (text == "token") return Type::token();
  size_t open = text.find('['), close = text.rfind(']');
  if (open == text.npos || close == text.npos || close < open) wrong(text);
  std::optional<DType> dtype = parse_dtype(text.substr(0, open));
  if (!dtype) wrong(text);
  Type type = Type::tensor(*dtype, parse_dims(text.substr(open + 1, close - open - 1), text));
  std::string_view rest = text.substr(close + 1);
  if (rest.empty()) return type;
  for (size_t i = 1; i < kLayouts.size(); ++i) {
    if (rest[0] == '@' && rest.substr(1) == kLayouts[i]) {
      type.layout = static_cast<Layout>(i);
      return type;
    }
  }
  wrong(text);
}

}  // namespace mycel::ir
