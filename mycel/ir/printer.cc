// Printer of the IR's text form.
#include <algorithm>
#include <unordered_map>

#include "mycel/ir/attribute_text.h"
#include "mycel/ir/constant_text.h"
#include "mycel/ir/text.h"

namespace mycel::ir {
namespace {

bool is_letter(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_part(char c) { return is_letter(c) || c == '.' || (c >= '0' && c <= '9'); }

std::string symbol(std::string_view name) {
  bool plain = !name.empty() && std::all_of(name.begin(), name.end(), is_name_part);
  return "@" + (plain ? std::string(name) : quoted(name));
}

// Collects large constants and prints each once, at the end.
class ConstantBlocks {
 public:
  std::string name(const NDArray& array) {
    std::vector<size_t>& alike = by_hash_[hash(Attribute(array))];
    for (size_t i : alike) {
      if (equal(Attribute(arrays_[i]), Attribute(array))) return "@c" + std::to_string(i);
    }
    alike.push_back(arrays_.size());
    arrays_.push_back(array);
    return "@c" + std::to_string(arrays_.size() - 1);
  }

  void print(std::string& out) const {
    constexpr size_t kLine = 92;
    for (size_t i = 0; i < arrays_.size(); ++i) {
      out += fmt::format("\nconst @c{} : {} =", i, array_type_text(arrays_[i]));
      std::string text = encode_constant(arrays_[i]);
      for (size_t at = 0; at < text.size(); at += kLine) {
        out += "\n  \"" + text.substr(at, kLine) + "\"";
      }
      out += "\n";
    }
  }

 private:
  std::vector<NDArray> arrays_;
  std::unordered_map<size_t, std::vector<size_t>> by_hash_;
};

// The names of a function's values: unique names made from hints, numbers for the rest.
class Names {
 public:
  explicit Names(const Function& function) : names_(function.num_values()) {}

  void give(const Value& value) {
    if (value.name().empty()) {
      names_[value.id()] = "%" + std::to_string(next_number_++);
      return;
    }
    std::string hint(value.name());
    for (char& c : hint) c = is_name_part(c) ? c : '_';
    if (!is_letter(hint[0])) hint = "_" + hint;
    int& taken = taken_[hint];
    std::string name = hint;
    while (taken++ > 0) {
      name = fmt::format("{}_{}", hint, taken - 1);
      if (taken_.emplace(name, 1).second) break;
    }
    names_[value.id()] = "%" + name;
  }
  // Names another region's argument of the same binding.
  void share(const Value& value, const Value& like) { names_[value.id()] = names_[like.id()]; }

  std::string of(const Value* value) const {
    if (!value) return "none";
    const std::string& name = names_[value->id()];
    return name.empty() ? fmt::format("%<undefined {}>", value->id()) : name;
  }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, int> taken_;
  int next_number_ = 0;
};

class Printer {
 public:
  Printer(std::string& out, const Function& function, const PrintOptions& options,
          ConstantBlocks& blocks)
      : out_(out), function_(function), options_(options), blocks_(blocks), names_(function) {}

  void print() {
    const Region& body = function_.body();
    out_ += "func " + symbol(function_.name()) + "(";
    for (size_t i = 0; i < body.arguments().size(); ++i) {
      const Value& argument = *body.argument(i);
      names_.give(argument);
      out_ +=
          fmt::format("{}{}: {}", i ? ", " : "", names_.of(&argument), to_string(argument.type()));
    }
    out_ += ") -> (";
    for (size_t i = 0; i < body.results().size(); ++i) {
      out_ += (i ? ", " : "") + to_string(body.results()[i]->type());
    }
    out_ += ") {\n";
    print_operations(body, 1, "return");
    out_ += "}\n";
  }

 private:
  // Function::add_region bounds the recursion depth.
  void print_operations(const Region& region, int depth, std::string_view terminator) {
    for (const Operation* op = region.first(); op; op = op->next()) print_operation(*op, depth);
    indent(depth);
    out_ += terminator;
    for (size_t i = 0; i < region.results().size(); ++i) {
      out_ += (i ? ", " : " ") + names_.of(region.results()[i]);
    }
    out_ += "\n";
  }

  void print_operation(const Operation& op, int depth) {
    indent(depth);
    for (const Value* result : op.results()) names_.give(*result);
    for (size_t i = 0; i < op.num_results(); ++i) {
      out_ += (i ? ", " : "") + names_.of(op.result(i));
    }
    if (op.num_results() > 0) out_ += " = ";
    out_ += op.def().name;
    if (op.def().version != 1) out_ += fmt::format(".v{}", op.def().version);
    print_operands(op);
    print_attributes(op.attributes());
    print_result_types(op);
    if (!op.implementation().empty()) out_ += " impl(" + quoted(op.implementation()) + ")";
    print_location(op.location());
    if (op.num_regions() > 0) print_regions(op, depth);
    out_ += "\n";
  }

  void print_operands(const Operation& op) {
    bool binds = op.num_regions() > 0 && !op.region(0).arguments().empty();
    out_ += "(";
    for (size_t i = 0; i < op.num_operands(); ++i) {
      if (i) out_ += ", ";
      if (binds && i < op.region(0).arguments().size()) {
        out_ += bind(op, i) + " = ";
      }
      out_ += names_.of(op.operand(i));
    }
    out_ += ")";
  }

  std::string bind(const Operation& op, size_t i) {
    const Value& first = *op.region(0).argument(i);
    names_.give(first);
    for (size_t r = 1; r < op.num_regions(); ++r) {
      if (i < op.region(r).arguments().size()) names_.share(*op.region(r).argument(i), first);
    }
    return names_.of(&first);
  }

  void print_attributes(const Attributes& attributes) {
    if (attributes.empty()) return;
    std::string text;
    for (const AttributeField& field : attributes.schema()->fields) {
      Attribute value = field.get(attributes.data());
      if (equal(value, field.default_value)) continue;
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", field.name, value_text(value));
    }
    if (!text.empty()) out_ += " {" + text + "}";
  }

  std::string value_text(const Attribute& value) {
    const auto* array = std::get_if<NDArray>(&value);
    bool large = array && array->defined() && array->size() > kMaxInlineElements;
    return large ? blocks_.name(*array) : to_string(value);
  }

  void print_result_types(const Operation& op) {
    out_ += " : ";
    if (op.num_results() == 1) {
      out_ += to_string(op.result()->type());
      return;
    }
    out_ += "(";
    for (size_t i = 0; i < op.num_results(); ++i) {
      out_ += (i ? ", " : "") + to_string(op.result(i)->type());
    }
    out_ += ")";
  }

  void print_location(const Location& at) {
    if (!options_.locations || !at.known()) return;
    out_ += fmt::format(" loc({}:{}, {})", quoted(at.file), at.line, quoted(at.scope));
  }

  void print_regions(const Operation& op, int depth) {
    out_ += " {\n";
    for (size_t i = 0; i < op.num_regions(); ++i) {
      indent(depth + 1);
      out_ += fmt::format("{} {{\n", op.region(i).label());
      print_operations(op.region(i), depth + 2, "yield");
      indent(depth + 1);
      out_ += "}\n";
    }
    indent(depth);
    out_ += "}";
  }

  void indent(int depth) { out_.append(2 * static_cast<size_t>(depth), ' '); }

  std::string& out_;
  const Function& function_;
  const PrintOptions& options_;
  ConstantBlocks& blocks_;
  Names names_;
};

}  // namespace

std::string print(const Function& function, const PrintOptions& options) {
  std::string out;
  ConstantBlocks blocks;
  Printer(out, function, options, blocks).print();
  blocks.print(out);
  return out;
}

std::string print(const Module& module, const PrintOptions& options) {
  std::string out;
  ConstantBlocks blocks;
  for (const auto& function : module.functions()) {
    if (!out.empty()) out += "\n";
    Printer(out, *function, options, blocks).print();
  }
  blocks.print(out);
  return out;
}

}  // namespace mycel::ir
