#include "mycel/ir/function.h"

namespace mycel::ir {
namespace {

constexpr int kMaxRegionDepth = 64;

Types inferred(const OpDef& def, std::span<Value* const> operands, const Attributes& attributes) {
  Types types(operands.size()), results;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i]) types[i] = operands[i]->type();
  }
  infer_types({&def, types.data(), types.size(), &attributes}, results);
  return results;
}

}  // namespace

// --- uses ----------------------------------------------------------------------------------------

uint32_t& Function::place_of(const Use& use) {
  return use.user ? use.user->use_places_[use.index] : use.region->use_places_[use.index];
}

void Function::add_use(Value* value, Use use) {
  if (!value) return;
  place_of(use) = static_cast<uint32_t>(value->uses_.size());
  value->uses_.push_back(use);
}

void Function::drop_use(Value* value, uint32_t place) {
  if (!value) return;
  Use last = value->uses_.back();
  value->uses_[place] = last;
  place_of(last) = place;
  value->uses_.pop_back();
}

void Operation::set_operand(size_t i, Value* value) {
  if (operands_[i] == value) return;
  Function::drop_use(operands_[i], use_places_[i]);
  operands_[i] = value;
  Function::add_use(value, {this, nullptr, static_cast<uint32_t>(i)});
}

void Region::set_results(std::vector<Value*> values) {
  for (size_t i = 0; i < results_.size(); ++i) Function::drop_use(results_[i], use_places_[i]);
  results_ = std::move(values);
  use_places_.assign(results_.size(), 0);
  for (size_t i = 0; i < results_.size(); ++i) {
    Function::add_use(results_[i], {nullptr, this, static_cast<uint32_t>(i)});
  }
}

void Function::replace_uses(Value* from, Value* to) {
  if (from == to) return;
  for (const Use& use : from->uses_) {
    if (use.user) {
      use.user->operands_[use.index] = to;
    } else {
      use.region->results_[use.index] = to;
    }
    add_use(to, use);
  }
  from->uses_.clear();
}

// --- values and regions --------------------------------------------------------------------------

Function::~Function() = default;  // operations lie in one arena and do not own each other

Value* Function::new_value(Type type) {
  Value& value = values_.emplace_back();
  value.id_ = static_cast<uint32_t>(values_.size() - 1);
  value.type_ = std::move(type);
  return &value;
}

Value* Region::add_argument(Type type, std::string_view name) {
  Value* value = function_->new_value(std::move(type));
  value->owner_ = this;
  value->index_ = static_cast<uint32_t>(arguments_.size());
  value->set_name(name);
  arguments_.push_back(value);
  return value;
}

Region& Function::add_region(Operation& operation, std::string_view label) {
  int depth = 1;
  for (Operation* at = operation.parent()->parent(); at; at = at->parent()->parent()) ++depth;
  if (depth > kMaxRegionDepth) {
    fail(Code::kCompile, "control flow is nested more than {} deep", kMaxRegionDepth);
  }
  operation.regions_.push_back(std::make_unique<Region>(this, &operation));
  operation.regions_.back()->set_label(label);
  return *operation.regions_.back();
}

// --- operations ----------------------------------------------------------------------------------

Operation* Function::create(Region& region, const OpDef& def, std::span<Value* const> operands,
                            const Attributes& attributes, Location location, Operation* before,
                            const Types* result_types) {
  if (attributes.schema() && attributes.schema() != &def.attributes) {
    fail_internal("{} is given another operation's attributes", def.name);
  }
  Attributes owned =
      (attributes.schema() ? attributes : Attributes::defaults(def.attributes)).own();
  if (def.names_dims) {
    auto rank_of = [&](size_t i) { return operands[i] ? operands[i]->type().rank() : 0; };
    owned = count_dims_from_front(def, rank_of_first(def, operands.size(), rank_of), owned);
  }
  // Infer first: a user error must leave the function unchanged.
  Types types = result_types ? *result_types : inferred(def, operands, owned);
  Operation& op = operations_.emplace_back();
  op.def_ = &def;
  op.id_ = static_cast<uint32_t>(operations_.size() - 1);
  op.attributes_ = std::move(owned);
  op.location_ = location;
  op.operands_.assign(operands.begin(), operands.end());
  op.use_places_.resize(operands.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    add_use(operands[i], {&op, nullptr, static_cast<uint32_t>(i)});
  }
  for (Type& type : types) {
    Value* result = new_value(std::move(type));
    result->producer_ = &op;
    result->index_ = static_cast<uint32_t>(op.results_.size());
    op.results_.push_back(result);
  }
  link(op, region, before);
  return &op;
}

void Function::link(Operation& op, Region& region, Operation* before) {
  op.parent_ = &region;
  op.next_ = before;
  op.prev_ = before ? before->prev_ : region.last_;
  (op.prev_ ? op.prev_->next_ : region.first_) = &op;
  (before ? before->prev_ : region.last_) = &op;
}

void Function::unlink(Operation& op) {
  (op.prev_ ? op.prev_->next_ : op.parent_->first_) = op.next_;
  (op.next_ ? op.next_->prev_ : op.parent_->last_) = op.prev_;
  op.next_ = op.prev_ = nullptr;
  op.parent_ = nullptr;
}

void Function::move_to_end(Operation& operation, Region& region) {
  unlink(operation);
  link(operation, region, nullptr);
}

void Function::erase(Operation& operation) {
  for (Value* result : operation.results()) {
    if (!result->uses().empty())
      fail_internal("{} is erased while it is used", operation.def().name);
  }
  std::vector<Operation*> all{&operation};
  for (const auto& region : operation.regions_) {
    walk(*region, [&all](Operation& inner) { all.push_back(&inner); });
  }
  for (Operation* op : all) {
    for (size_t i = 0; i < op->num_operands(); ++i) op->set_operand(i, nullptr);
    for (const auto& region : op->regions_) region->set_results({});
  }
  unlink(operation);
  // The nodes stay in the arena, emptied.
  for (Operation* op : all) {
    op->parent_ = nullptr;
    op->attributes_ = {};
    op->operands_.clear();
  }
  for (Operation* op : all) op->regions_.clear();
}

// --- copies --------------------------------------------------------------------------------------

namespace {

void learn(ValueMap& map, const Value* from, Value* to) {
  if (map.size() <= from->id()) map.resize(from->id() + 1);
  map[from->id()] = to;
}

void set_mapped_results(const Region& from, Region& to, const ValueMap& map) {
  std::vector<Value*> results(from.results().begin(), from.results().end());
  for (Value*& result : results) result = mapped(map, result);
  to.set_results(std::move(results));
}

}  // namespace

// Recursion is as deep as regions are nested, which add_region bounds.
Operation* clone_operation(const Operation& operation, Region& to, Operation* before,
                           ValueMap& map) {
  std::vector<Value*> operands(operation.operands().begin(), operation.operands().end());
  for (Value*& operand : operands) operand = mapped(map, operand);
  Types types;
  for (const Value* result : operation.results()) types.push_back(result->type());
  Operation* copy = to.function().create(to, operation.def(), operands, operation.attributes(),
                                         operation.location(), before, &types);
  copy->set_implementation(operation.implementation());
  for (size_t i = 0; i < types.size(); ++i) {
    copy->result(i)->set_name(operation.result(i)->name());
    learn(map, operation.result(i), copy->result(i));
  }
  for (size_t i = 0; i < operation.num_regions(); ++i) {
    const Region& region = operation.region(i);
    Region& inner = to.function().add_region(*copy, region.label());
    for (const Value* argument : region.arguments()) {
      learn(map, argument, inner.add_argument(argument->type(), argument->name()));
    }
    clone_operations(region, inner, nullptr, map);
    set_mapped_results(region, inner, map);
  }
  return copy;
}

void clone_operations(const Region& from, Region& to, Operation* before, ValueMap& map) {
  for (const Operation* op = from.first(); op; op = op->next()) {
    clone_operation(*op, to, before, map);
  }
}

std::unique_ptr<Function> Function::clone(std::vector<Value*>* mapping) const {
  auto copy = std::make_unique<Function>(name_);
  ValueMap map(values_.size());
  for (const Value* argument : body_.arguments()) {
    learn(map, argument, copy->body_.add_argument(argument->type(), argument->name()));
  }
  clone_operations(body_, copy->body_, nullptr, map);
  set_mapped_results(body_, copy->body_, map);
  if (mapping) *mapping = std::move(map);
  return copy;
}

// --- modules -------------------------------------------------------------------------------------

Function& Module::add(std::unique_ptr<Function> function) {
  auto [at, added] = by_name_.emplace(function->name(), function.get());
  if (!added) fail_internal("two functions are named {}", function->name());
  return *functions_.emplace_back(std::move(function));
}

Function* Module::find(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace mycel::ir
