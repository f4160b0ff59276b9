#include "mycel/te/text_names.h"

#include "mycel/core/lexer.h"

namespace mycel::te {
namespace {

// "a", "b", ..., "z", "a1", ...
std::string letter(size_t i, char first, size_t count) {
  std::string text(1, static_cast<char>(first + i % count));
  return i < count ? text : text + std::to_string(i / count);
}

}  // namespace

TextNames::TextNames() {
  for (int i = 0; i < kNumDTypes; ++i) avoided_.emplace(short_name(static_cast<DType>(i)));
}

void TextNames::avoid(Dim dim) {
  if (dim.is_constant() || !avoided_dims_.insert(dim.word()).second) return;
  std::string text = dim.to_string();
  for (Lexer lexer(text, ""); !lexer.at_end();) {
    std::string_view symbol = lexer.identifier();
    if (symbol.empty()) lexer.seek(lexer.position() + 1);
    avoided_.emplace(symbol);
  }
}

std::string TextNames::input(int number) const {
  std::string text = letter(static_cast<size_t>(number), 'a', 8);
  while (avoided_.count(text)) text += '_';
  return text;
}

void TextNames::add_axis(const Axis& axis) {
  if (axes_.count(axis.id)) return;
  std::string text;
  do {
    text = letter(next_axis_++, 'i', 11);
  } while (avoided_.count(text));
  axes_.emplace(axis.id, std::move(text));
}

std::string TextNames::next_part() {
  std::string text;
  do {
    text = fmt::format("t{}", next_part_++);
  } while (avoided_.count(text));
  return text;
}

}  // namespace mycel::te
