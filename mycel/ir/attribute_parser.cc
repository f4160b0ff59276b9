#include "mycel/ir/attribute_parser.h"

#include <set>

#include "mycel/core/number_text.h"

namespace mycel::ir {
namespace {

std::vector<std::string> parse_elements(Lexer& scanner, char close) {
  std::vector<std::string> elements;
  std::string closing(1, close);
  if (scanner.accept(closing)) return elements;
  do {
    elements.push_back(scanner.element(close));
  } while (scanner.accept(","));
  scanner.expect(closing);
  return elements;
}

// f32[2,2]{1.0, 2.0, 3.0, 4.0}
Attribute parse_array(Lexer& scanner) {
  size_t place = scanner.position();
  Type type = scanner.type();
  scanner.expect("{");
  std::vector<std::string> elements = parse_elements(scanner, '}');
  try {
    Shape shape = to_shape(type.dims);
    if (num_elements(shape) != static_cast<int64_t>(elements.size())) {
      fail(Code::kValue, "expects {} elements, got {}", num_elements(shape), elements.size());
    }
    NDArray array = NDArray::empty(type.dtype, shape);
    visit_dtype(type.dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      for (size_t i = 0; i < elements.size(); ++i) {
        if (!read_number(elements[i], array.mutable_data<T>()[i])) {
          fail(Code::kValue, "expects {}, got \"{}\"", name(type.dtype), shortened(elements[i]));
        }
      }
    });
    return array;
  } catch (const Error& error) {
    scanner.fail_at(place, error.what());
  }
}

Attribute parse_list(Lexer& scanner) {
  size_t place = scanner.position();
  scanner.expect("[");
  std::vector<std::string> elements = parse_elements(scanner, ']');
  Ints ints;
  for (const std::string& element : elements) {
    int64_t value;
    if (!read_number(element, value)) break;
    ints.push_back(value);
  }
  if (ints.size() == elements.size()) return ints;
  Dims dims;
  try {
    for (const std::string& element : elements) dims.push_back(Dim::parse(element));
  } catch (const Error& error) {
    scanner.fail_at(place, error.what());
  }
  return dims;
}

Attribute parse_number(Lexer& scanner, size_t place, std::string_view text) {
  if (text == "nan" && scanner.peek() == '(') {
    scanner.expect("(");
    std::string bits = fmt::format("nan({})", scanner.run());
    scanner.expect(")");
    double value;
    if (read_number(bits, value)) return value;
    scanner.fail_at(place, "expects the bits of a NaN");
  }
  int64_t integer;
  double number;
  if (read_number(text, integer)) return integer;
  if (read_number(text, number)) return number;
  scanner.fail_at(place, fmt::format("expects a number, got \"{}\"", shortened(text)));
}

}  // namespace

Attribute parse_attribute(Lexer& scanner, const NamedConstants& constants) {
  size_t place = scanner.position();
  char first = scanner.peek();
  if (first == '"') return scanner.string();
  if (first == '[') return parse_list(scanner);
  if (first == '@') {
    std::string name = scanner.symbol();
    auto found = constants.find(name);
    if (found == constants.end()) scanner.fail_at(place, "there is no const @" + name);
    return found->second;
  }
  Lexer ahead = scanner;
  std::string_view text = ahead.run();
  if (std::optional<DType> dtype = parse_dtype(text)) {
    if (ahead.peek() == '[') return parse_array(scanner);
    scanner = ahead;
    return *dtype;
  }
  scanner = ahead;
  if (text == "none") return std::monostate();
  if (text == "true" || text == "false") return text == "true";
  return parse_number(scanner, place, text);
}

Attributes parse_attributes(Lexer& scanner, const OpDef& def, const NamedConstants& constants) {
  if (!scanner.accept("{")) return {};
  if (!def.attributes.defaults) scanner.fail_here(def.name + " has no attributes");
  std::shared_ptr<void> data = def.attributes.copy(def.attributes.defaults.get());
  std::set<std::string_view> seen;
  do {
    size_t place = scanner.position();
    std::string_view name = scanner.word();
    const AttributeField* field = def.attributes.find(name);
    if (!field) scanner.fail_at(place, fmt::format("{} has no attribute \"{}\"", def.name, name));
    if (!seen.insert(name).second) {
      scanner.fail_at(place, fmt::format("the attribute {} is given twice", name));
    }
    scanner.expect("=");
    Attribute value = parse_attribute(scanner, constants);
    try {
      field->set(data.get(), value);
    } catch (const Error& error) {
      scanner.fail_at(place, error.what());
    }
  } while (scanner.accept(","));
  scanner.expect("}");
  return Attributes::make(def.attributes, std::move(data));
}

}  // namespace mycel::ir
