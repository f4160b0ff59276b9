// Parser of the IR's text form.
#include <unordered_map>

#include "mycel/ir/attribute_parser.h"
#include "mycel/ir/constant_text.h"
#include "mycel/ir/control_flow.h"
#include "mycel/ir/text.h"
#include "mycel/ir/verify.h"

namespace mycel::ir {
namespace {

// The visible value names, scoped by region.
class Scope {
 public:
  Value* find(std::string_view name) const {
    auto found = values_.find(name);
    return found == values_.end() ? nullptr : found->second;
  }
  bool define(std::string_view name, Value* value) {
    if (!values_.emplace(name, value).second) return false;
    order_.push_back(name);
    return true;
  }
  size_t mark() const { return order_.size(); }
  // Removes the names defined since `mark`.
  void leave(size_t mark) {
    for (; order_.size() > mark; order_.pop_back()) values_.erase(order_.back());
  }

 private:
  std::unordered_map<std::string_view, Value*> values_;
  std::vector<std::string_view> order_;
};

class FunctionParser {
 public:
  FunctionParser(Lexer& scanner, const NamedConstants& constants)
      : scanner_(scanner), constants_(constants) {}

  // Parses what follows "func".
  std::unique_ptr<Function> parse() {
    function_ = std::make_unique<Function>(scanner_.symbol());
    Region& body = function_->body();
    scanner_.expect("(");
    if (!scanner_.accept(")")) {
      do {
        size_t place = scanner_.position();
        std::string_view name = scanner_.value_name();
        scanner_.expect(":");
        define(name, body.add_argument(scanner_.type()), place);
      } while (scanner_.accept(","));
      scanner_.expect(")");
    }
    scanner_.expect("->");
    size_t place = scanner_.position();
    Types results = parse_type_list();
    scanner_.expect("{");
    parse_operations(body, "return");
    Types returned;
    for (const Value* value : body.results()) returned.push_back(value->type());
    if (!(returned == results)) {
      scanner_.fail_at(place, "the types of the results are not those of the values returned");
    }
    return std::move(function_);
  }

  // The position of an operation in the text.
  size_t place_of(const Operation& op) const { return places_[op.id()]; }

 private:
  // Parses up to and including the region's closing brace.
  void parse_operations(Region& region, std::string_view terminator) {
    while (!scanner_.accept(terminator)) parse_operation(region);
    std::vector<Value*> results;
    if (scanner_.peek() == '%') {
      do {
        results.push_back(use());
      } while (scanner_.accept(","));
    }
    region.set_results(std::move(results));
    scanner_.expect("}");
  }

  struct Named {
    std::string_view name;
    size_t place;
  };

  void parse_operation(Region& region) {
    std::vector<Named> results;
    if (scanner_.peek() == '%') {
      do {
        size_t place = scanner_.position();
        results.push_back({scanner_.value_name(), place});
      } while (scanner_.accept(","));
      scanner_.expect("=");
    }
    size_t place = scanner_.position();
    const OpDef& def = parse_op_name();
    std::vector<Value*> operands;
    std::vector<Named> bindings;
    parse_operands(operands, bindings);
    Attributes attributes = parse_attributes(scanner_, def, constants_);
    scanner_.expect(":");
    Types types = scanner_.peek() == '(' ? parse_type_list() : Types{scanner_.type()};
    if (types.size() != results.size()) {
      scanner_.fail_at(place, fmt::format("{} values are named but {} types are given",
                                          results.size(), types.size()));
    }
    Operation* op = function_->create(region, def, operands, attributes, {}, nullptr, &types);
    places_.push_back(place);
    parse_notes(*op);
    parse_regions(*op, bindings, place);
    for (size_t i = 0; i < results.size(); ++i) {
      define(results[i].name, op->result(i), results[i].place);
    }
  }

  const OpDef& parse_op_name() {
    size_t place = scanner_.position();
    std::string_view text = scanner_.word();
    std::string_view name = text.substr(0, text.find('.'));
    const OpDef* def = Registry::get().find(name);
    if (!def) scanner_.fail_at(place, fmt::format("there is no operation \"{}\"", name));
    std::string version = def->version == 1 ? "" : fmt::format(".v{}", def->version);
    if (text.substr(name.size()) != version) {
      scanner_.fail_at(place, fmt::format("this Mycel has version {} of {}, got \"{}\"",
                                          def->version, name, text));
    }
    return *def;
  }

  void parse_operands(std::vector<Value*>& operands, std::vector<Named>& bindings) {
    scanner_.expect("(");
    if (scanner_.accept(")")) return;
    do {
      if (scanner_.accept("none")) {
        operands.push_back(nullptr);
        continue;
      }
      size_t place = scanner_.position();
      std::string_view name = scanner_.value_name();
      if (scanner_.accept("=")) {
        bindings.push_back({name, place});
        operands.push_back(use());
      } else {
        operands.push_back(look_up(name, place));
      }
    } while (scanner_.accept(","));
    scanner_.expect(")");
  }

  void parse_notes(Operation& op) {
    if (scanner_.accept("impl")) {
      scanner_.expect("(");
      op.set_implementation(scanner_.string());
      scanner_.expect(")");
    }
    if (!scanner_.accept("loc")) return;
    scanner_.expect("(");
    Location location;
    location.file = intern(scanner_.string());
    scanner_.expect(":");
    size_t place = scanner_.position();
    int64_t line = scanner_.integer();
    if (line < 1 || line > INT32_MAX) scanner_.fail_at(place, "expects a line number");
    location.line = static_cast<int>(line);
    scanner_.expect(",");
    location.scope = intern(scanner_.string());
    scanner_.expect(")");
    op.set_location(location);
  }

  // Function::add_region bounds the recursion depth.
  void parse_regions(Operation& op, const std::vector<Named>& bindings, size_t place) {
    const StructuredDef* def = structured(op.def());
    size_t regions = def ? def->labels.size() : 0;
    Types arguments;
    if (regions > 0) {
      for (const Value* operand : op.operands()) {
        if (!operand) scanner_.fail_at(place, "expects a value for each operand");
      }
      arguments = def->argument_types(op);
      scanner_.expect("{");
    }
    if (bindings.size() != arguments.size()) {
      scanner_.fail_at(place, fmt::format("expects {} of its operands to be bound as %name = "
                                          "%value, got {}",
                                          arguments.size(), bindings.size()));
    }
    for (size_t r = 0; r < regions; ++r) {
      scanner_.expect(def->labels[r]);
      scanner_.expect("{");
      Region& region = add_region(op, def->labels[r], place);
      size_t mark = scope_.mark();
      for (size_t i = 0; i < arguments.size(); ++i) {
        define(bindings[i].name, region.add_argument(arguments[i]), bindings[i].place);
      }
      parse_operations(region, "yield");
      scope_.leave(mark);
    }
    if (regions > 0) scanner_.expect("}");
  }

  Region& add_region(Operation& op, std::string_view label, size_t place) {
    try {
      return function_->add_region(op, label);
    } catch (const Error& error) {
      scanner_.fail_at(place, error.what());
    }
  }

  Types parse_type_list() {
    Types types;
    scanner_.expect("(");
    if (scanner_.accept(")")) return types;
    do {
      types.push_back(scanner_.type());
    } while (scanner_.accept(","));
    scanner_.expect(")");
    return types;
  }

  Value* use() {
    size_t place = scanner_.position();
    return look_up(scanner_.value_name(), place);
  }

  Value* look_up(std::string_view name, size_t place) {
    Value* value = scope_.find(name);
    if (!value) scanner_.fail_at(place, fmt::format("%{} is not defined here", name));
    return value;
  }

  void define(std::string_view name, Value* value, size_t place) {
    if (!scope_.define(name, value)) {
      scanner_.fail_at(place, fmt::format("%{} is defined twice", name));
    }
    if (name[0] < '0' || name[0] > '9') value->set_name(name);
  }

  Lexer& scanner_;
  const NamedConstants& constants_;
  std::unique_ptr<Function> function_;
  Scope scope_;
  std::vector<size_t> places_;  // by operation id
};

class ModuleParser {
 public:
  ModuleParser(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  Module parse() {
    read_constants();
    Lexer scanner(text_, file_);
    Module module;
    // Kept for the positions of operations in error messages.
    std::unordered_map<const Function*, std::unique_ptr<FunctionParser>> parsers;
    while (!scanner.at_end()) {
      size_t place = scanner.position();
      if (scanner.accept("const")) {
        skip_constant(scanner, place);
        continue;
      }
      scanner.expect("func");
      auto parser = std::make_unique<FunctionParser>(scanner, constants_);
      std::unique_ptr<Function> function = parser->parse();
      if (module.find(function->name())) {
        scanner.fail_at(place, fmt::format("two functions are named {}", function->name()));
      }
      parsers.emplace(&module.add(std::move(function)), std::move(parser));
    }
    if (std::optional<Problem> problem = find_problem(module)) {
      size_t place =
          problem->operation ? parsers.at(problem->function)->place_of(*problem->operation) : 0;
      scanner.fail_at(place, problem->text);
    }
    return module;
  }

 private:
  // Constants stand at the end but are needed first. A string cannot contain a line break, so a
  // line that begins with "const @" is a constant.
  void read_constants() {
    constexpr std::string_view kStart = "\nconst @";
    for (size_t at = text_.find(kStart); at != text_.npos; at = text_.find(kStart, at + 1)) {
      Lexer scanner(text_, file_);
      scanner.seek(at + 1);
      scanner.expect("const");
      read_constant(scanner);
    }
  }

  void read_constant(Lexer& scanner) {
    size_t place = scanner.position();
    auto [name, type, data] = parse_constant(scanner);
    try {
      if (!constants_.emplace(name, decode_constant(type, data)).second) {
        fail(Code::kValue, "two constants are named {}", name);
      }
    } catch (const Error& error) {
      scanner.fail_at(place, error.what());
    }
  }

  void skip_constant(Lexer& scanner, size_t place) const {
    if (!constants_.count(parse_constant(scanner).name)) {
      scanner.fail_at(place, "expects a constant to begin its line, after the functions");
    }
  }

  struct Constant {
    std::string name;
    Type type;
    std::string data;
  };
  static Constant parse_constant(Lexer& scanner) {
    Constant constant;
    constant.name = scanner.symbol();
    scanner.expect(":");
    constant.type = scanner.type();
    scanner.expect("=");
    while (scanner.peek() == '"') constant.data += scanner.string();
    return constant;
  }

  std::string_view text_, file_;
  NamedConstants constants_;
};

}  // namespace

Module parse_module(std::string_view text, std::string_view file_name) {
  return ModuleParser(text, file_name).parse();
}

}  // namespace mycel::ir
