// Generates signatures and docstrings from the definitions.
#include <fmt/format.h>

#include <algorithm>

#include "python/src/common/error.h"
#include "python/src/operators/callable.h"

namespace mycel::python {
namespace {

std::string kind_annotation(const ir::AttributeField& field) {
  switch (field.kind) {
    case ir::AttributeKind::kBool:
      return "bool";
    case ir::AttributeKind::kInt:
      return "int";
    case ir::AttributeKind::kFloat:
      return "float";
    case ir::AttributeKind::kString:
      return "str";
    case ir::AttributeKind::kDType:
      return "DTypeLike";
    case ir::AttributeKind::kInts:
    case ir::AttributeKind::kDims:
      return "int | Sequence[int]";
    case ir::AttributeKind::kScalar:
      return "Number";
    case ir::AttributeKind::kPadding:
      return "str | int | Sequence[int]";
    case ir::AttributeKind::kArray:
      return "ArrayLike";
    case ir::AttributeKind::kChoice:
      break;
  }
  std::string text;
  for (const std::string& choice : field.choices) {
    text += (text.empty() ? "\"" : ", \"") + choice + "\"";
  }
  return "Literal[" + text + "]";
}

// Breaks long lines of `text` between words; continuation lines begin with `indent`.
std::string wrapped(std::string text, std::string_view indent = "") {
  constexpr size_t kWidth = 96;  // a section adds four spaces
  size_t line = 0, space = text.npos;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      line = i + 1;
      space = text.npos;
    }
    if (text[i] == ' ') space = i;
    if (i - line < kWidth || space == text.npos) continue;
    text.replace(space, 1, fmt::format("\n{}", indent));
    line = space + 1;
    i += indent.size();
    space = text.npos;
  }
  return text;
}

// Appends the lines of `body` under a title, each indented by four spaces.
void add_section(std::string& text, std::string_view title, std::string_view body) {
  if (body.empty()) return;
  text += fmt::format("\n\n{}", title);
  for (size_t start = 0; start < body.size();) {
    size_t end = std::min(body.find('\n', start), body.size());
    text += fmt::format("\n    {}", body.substr(start, end - start));
    start = end + 1;
  }
}

}  // namespace

std::string Signature::annotation(const Parameter& parameter) const {
  if (parameter.is_operand) {
    const ir::OperandSpec& spec = op_.operands[parameter.index];
    if (spec.variadic) return "Sequence[Tensor]";
    std::string type = parameter.index == 0 && !spec.promotes ? "Tensor" : "Tensor | Number";
    return spec.optional ? type + " | None" : type;
  }
  const ir::AttributeField& field = op_.attributes.fields[parameter.index];
  return kind_annotation(field) + (field.optional ? " | None" : "");
}

std::string Signature::default_text(const Parameter& parameter) const {
  if (parameter.is_operand) return "None";
  const ir::AttributeField& field = op_.attributes.fields[parameter.index];
  return nb::cast<const char*>(nb::str(nb::repr(attribute_to(field.default_value))));
}

std::string Signature::text(bool is_method) const {
  std::string text = is_method ? "(self" : "(";
  bool need_comma = is_method;
  bool optional_before = false;
  bool keyword_only = false;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    if (is_method && i == self_index_) continue;
    if (need_comma) text += ", ";
    need_comma = true;
    if (i == loose_index_) {
      text += "*" + parameter.text;
      keyword_only = true;
      continue;
    }
    // A required parameter after an optional one is keyword-only.
    if (!keyword_only && (i >= num_positional_ || (optional_before && parameter.required))) {
      text += "*, ";
      keyword_only = true;
    }
    optional_before = optional_before || !parameter.required;
    text += parameter.text;
    if (!parameter.required) text += "=" + default_text(parameter);
  }
  return text + ")";
}

std::string Callable::documentation() const {
  std::string parameters, results;
  const Signature& signature = public_signature();
  const ir::OpDef& all = signature.op();
  for (const Parameter& parameter : signature.parameters()) {
    const std::string& doc = parameter.is_operand ? all.operands[parameter.index].doc
                                                  : all.attributes.fields[parameter.index].doc;
    std::string described = signature.annotation(parameter);
    if (parameter.is_operand) {
      ir::DTypeSet dtypes = op().operands[parameter.index].dtypes;
      if (dtypes != ir::DTypeSet::kAny) described += fmt::format(", {}", ir::describe(dtypes));
    }
    if (!parameter.required) described += ", default " + signature.default_text(parameter);
    parameters += fmt::format("{} ({}): {}\n", parameter.text, described, doc);
  }
  for (const ir::ResultSpec& result : op().results) {
    if (!result.doc.empty()) results += fmt::format("{}: {}\n", result.name, result.doc);
  }
  std::string text = wrapped(op().doc);
  add_section(text, "Parameters:", wrapped(parameters, "    "));
  add_section(text, "Returns:", wrapped(results, "    "));
  add_section(text, "Example:", op().example);
  if (!op().see.empty()) text += "\n\nSource: " + op().see;
  return text;
}

}  // namespace mycel::python
