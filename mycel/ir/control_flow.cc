#include "mycel/ir/control_flow.h"

#include <memory>

namespace mycel::ir {
namespace {

// --- parts ---------------------------------------------------------------------------------------

Types operand_types(const Operation& op) {
  Types types;
  for (const Value* operand : op.operands()) types.push_back(operand ? operand->type() : Type());
  return types;
}
Types no_types(const Operation&) { return {}; }

Types types_of(std::span<Value* const> values) {
  Types types;
  for (const Value* value : values) types.push_back(value->type());
  return types;
}

std::string list(const Types& types) {
  std::string text = "(";
  for (size_t i = 0; i < types.size(); ++i) text += (i ? ", " : "") + to_string(types[i]);
  return text + ")";
}

std::string differ(std::string_view what, const Types& expected, const Types& got) {
  if (expected == got) return "";
  return fmt::format("expects {} of types {}, got {}", what, list(expected), list(got));
}

// Returns the first problem, or "".
std::string first(std::initializer_list<std::string> problems) {
  for (const std::string& problem : problems) {
    if (!problem.empty()) return problem;
  }
  return "";
}

Types yields(const Operation& op, size_t region) { return types_of(op.region(region).results()); }

// --- checks --------------------------------------------------------------------------------------

const Types kPredicate = {Type::tensor(DType::kBool, {})};

std::string check_if(const Operation& op, const Module*) {
  Types results = types_of(op.results());
  return first({differ("a predicate", kPredicate, operand_types(op)),
                differ("then to yield values", results, yields(op, 0)),
                differ("else to yield values", results, yields(op, 1))});
}

std::string check_while(const Operation& op, const Module*) {
  Types carried = operand_types(op);
  return first({differ("cond to yield values", kPredicate, yields(op, 0)),
                differ("body to yield values", carried, yields(op, 1)),
                differ("results", carried, types_of(op.results()))});
}

size_t carries_of(const Operation& op) {
  int64_t carries = op.attributes().as<ScanAttributes>().carries;
  bool valid = carries >= 0 && carries <= static_cast<int64_t>(op.num_operands());
  return valid ? static_cast<size_t>(carries) : op.num_operands();
}

// Returns the length; if there is none, returns nothing and sets `problem`.
std::optional<Dim> find_length(const Operation& op, std::string& problem) {
  const auto& attributes = op.attributes().as<ScanAttributes>();
  std::optional<Dim> length;
  if (!attributes.length.empty()) length = attributes.length[0];
  for (size_t i = carries_of(op); i < op.num_operands(); ++i) {
    const Type type = op.operand(i) ? op.operand(i)->type() : Type();
    if (!type.is_tensor() || type.rank() == 0 || (length && !(type.dim(0) == *length))) {
      problem = fmt::format("expects operand {} to be sliced into {} steps, got {}", i,
                            length ? length->to_string() : "any number of", to_string(type));
      return std::nullopt;
    }
    length = type.dim(0);
  }
  if (!length) problem = "expects an operand to slice, or the attribute length";
  return length;
}

Types scan_arguments(const Operation& op) {
  Types types = operand_types(op);
  for (size_t i = carries_of(op); i < types.size(); ++i) {
    if (types[i].rank() == 0) continue;  // reported by check_scan
    types[i].dims = Dims(types[i].dims.begin() + 1, types[i].dims.end());
    types[i].layout = Layout::kAny;
  }
  return types;
}

std::string check_scan(const Operation& op, const Module*) {
  const auto& attributes = op.attributes().as<ScanAttributes>();
  if (attributes.carries < 0 || attributes.carries > static_cast<int64_t>(op.num_operands())) {
    return fmt::format("expects carries in [0, {}], got {}", op.num_operands(), attributes.carries);
  }
  if (attributes.length.size() > 1) {
    return "expects length to be one dim, got " + to_string(attributes.length);
  }
  std::string problem;
  std::optional<Dim> length = find_length(op, problem);
  if (!length) return problem;
  size_t carries = carries_of(op);
  Types arguments = operand_types(op), yielded = yields(op, 0);
  if (yielded.size() < carries) {
    return fmt::format("expects body to yield {} carries, got {} values", carries, yielded.size());
  }
  auto at = static_cast<std::ptrdiff_t>(carries);
  Types results(yielded.begin(), yielded.begin() + at);
  std::string mismatch =
      differ("body to yield carries", {arguments.begin(), arguments.begin() + at}, results);
  for (size_t i = carries; i < yielded.size(); ++i) {
    if (!yielded[i].is_tensor()) return "expects body to yield tensors after the carries";
    Dims dims{*length};
    for (Dim dim : yielded[i].dims) dims.push_back(dim);
    results.push_back(Type::tensor(yielded[i].dtype, dims));
  }
  return first({mismatch, differ("results", results, types_of(op.results()))});
}

std::string check_call(const Operation& op, const Module* module) {
  if (!module) return "";
  const std::string& name = op.attributes().as<CallAttributes>().callee;
  const Function* callee = module->find(name);
  if (!callee) return fmt::format("expects callee to name a function, got \"{}\"", name);
  return first({differ("operands", types_of(callee->body().arguments()), operand_types(op)),
                differ("results", types_of(callee->body().results()), types_of(op.results()))});
}

std::string check_fusion(const Operation& op, const Module*) {
  for (const Operation* inner = op.region(0).first(); inner; inner = inner->next()) {
    if (inner->num_regions() > 0) return "expects operations without regions inside";
  }
  return differ("body to yield values", types_of(op.results()), yields(op, 0));
}

// --- registration --------------------------------------------------------------------------------

struct Table {
  std::vector<std::unique_ptr<StructuredDef>> by_op;  // by operation id
};
Table& table() {
  static Table* instance = new Table;
  return *instance;
}

// Adds a field whose member type is itself an alternative of Attribute.
template <class A, class M>
void add_field(OpDef& op, std::string name, std::string doc, AttributeKind kind, M A::* member) {
  AttributeField field;
  field.name = name;
  field.doc = std::move(doc);
  field.kind = kind;
  field.get = [member](const void* data) -> Attribute {
    return static_cast<const A*>(data)->*member;
  };
  field.set = [member, name](void* data, const Attribute& value) {
    M& out = static_cast<A*>(data)->*member;
    if (const M* exact = std::get_if<M>(&value)) {
      out = *exact;
      return;
    }
    if constexpr (std::is_same_v<M, Dims>) {
      if (const Ints* ints = std::get_if<Ints>(&value)) {
        out = to_dims(*ints);
        return;
      }
    }
    fail(Code::kType, "attribute {} does not take {}", name, to_string(value));
  };
  A defaults;
  field.default_value = field.get(&defaults);
  op.attributes.fields.push_back(std::move(field));
}

OpDef& add(std::string_view name, std::string doc, StructuredDef def) {
  OpDef& op = Registry::get().add(name);
  op.kind = OpKind::kStructured;
  op.doc = std::move(doc);
  op.num_regions = static_cast<int>(def.labels.size());
  op.operands.push_back(
      {.name = "operands", .doc = "any types", .optional = true, .variadic = true});
  if (table().by_op.size() <= static_cast<size_t>(op.id)) table().by_op.resize(op.id + 1);
  table().by_op[op.id] = std::make_unique<StructuredDef>(std::move(def));
  return op;
}

}  // namespace

Dim scan_length(const Operation& scan) {
  std::string problem;
  std::optional<Dim> length = find_length(scan, problem);
  if (!length) fail(Code::kCompile, "[scan] {}", problem);
  return *length;
}

const StructuredDef* structured(const OpDef& def) {
  auto id = static_cast<size_t>(def.id);
  return id < table().by_op.size() ? table().by_op[id].get() : nullptr;
}

void define_structured() {
  add("if", "One of two regions, by a predicate: a bool of no dims.",
      {{"then", "else"}, false, no_types, check_if});
  add("while", "body on the carried values for as long as cond yields true.",
      {{"cond", "body"}, false, operand_types, check_while});
  OpDef& scan = add("scan", "body once for each slice of the operands, carrying values along.",
                    {{"body"}, false, scan_arguments, check_scan});
  scan.attributes.set_struct<ScanAttributes>();
  add_field(scan, "carries", "how many of the operands are carried", AttributeKind::kInt,
            &ScanAttributes::carries);
  add_field(scan, "reverse", "from the last step to the first", AttributeKind::kBool,
            &ScanAttributes::reverse);
  add_field(scan, "length", "the number of steps, as one dim, where no operand is sliced",
            AttributeKind::kDims, &ScanAttributes::length);
  OpDef& call = add("call", "Another function of the module.", {{}, false, no_types, check_call});
  call.attributes.set_struct<CallAttributes>();
  add_field(call, "callee", "the function's name", AttributeKind::kString, &CallAttributes::callee);
  add("fusion", "Operations that are compiled as one kernel.",
      {{"body"}, true, operand_types, check_fusion});
}

}  // namespace mycel::ir
