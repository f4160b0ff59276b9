// The intermediate representation: modules of functions in SSA form with nested regions.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mycel/ir/attribute.h"
#include "mycel/ir/location.h"
#include "mycel/ir/op_def.h"
#include "mycel/ir/type.h"

namespace mycel::ir {

class Operation;
class Region;
class Function;

struct Use {
  Operation* user;  // nullptr: the region's terminator
  Region* region;   // of the terminator
  uint32_t index;
};

// A result of an operation, or an argument of a region.
class Value {
 public:
  const Type& type() const { return type_; }
  void set_layout(Layout layout) { type_.layout = layout; }
  Operation* producer() const { return producer_; }  // nullptr for an argument
  Region* owner() const { return owner_; }           // of an argument
  uint32_t index() const { return index_; }          // among the results or arguments
  uint32_t id() const { return id_; }                // dense in the function
  const std::vector<Use>& uses() const { return uses_; }
  std::string_view name() const { return name_; }  // a hint for the printer, may be empty
  void set_name(std::string_view name) { name_ = intern(name); }

 private:
  friend class Function;
  friend class Operation;
  friend class Region;
  Type type_;
  Operation* producer_ = nullptr;
  Region* owner_ = nullptr;
  uint32_t index_ = 0, id_ = 0;
  std::vector<Use> uses_;  // unordered; a user knows its place here and is removed in O(1)
  std::string_view name_;
};

// A node in its function's arena. Operands may be nullptr (an absent optional operand).
class Operation {
 public:
  const OpDef& def() const { return *def_; }
  bool is(std::string_view name) const { return def_->name == name; }
  uint32_t id() const { return id_; }  // dense in the function, never reused
  const Attributes& attributes() const { return attributes_; }
  size_t num_operands() const { return operands_.size(); }
  Value* operand(size_t i) const { return operands_[i]; }
  std::span<Value* const> operands() const { return {operands_.data(), operands_.size()}; }
  void set_operand(size_t i, Value* value);
  size_t num_results() const { return results_.size(); }
  Value* result(size_t i = 0) const { return results_[i]; }
  std::span<Value* const> results() const { return {results_.data(), results_.size()}; }
  size_t num_regions() const { return regions_.size(); }
  Region& region(size_t i) const { return *regions_[i]; }
  Region* parent() const { return parent_; }
  Operation* next() const { return next_; }
  Operation* prev() const { return prev_; }
  const Location& location() const { return location_; }
  void set_location(Location location) { location_ = location; }
  // The implementation the compiler chose ("onednn", "generated"), empty before; printed.
  std::string_view implementation() const { return implementation_; }
  void set_implementation(std::string_view name) { implementation_ = intern(name); }
  bool erased() const { return parent_ == nullptr; }

 private:
  friend class Function;
  friend class Region;
  const OpDef* def_ = nullptr;
  uint32_t id_ = 0;
  Attributes attributes_;
  InlineVector<Value*, 3> operands_;
  InlineVector<uint32_t, 3> use_places_;  // of each operand in its value's uses
  InlineVector<Value*, 1> results_;
  std::vector<std::unique_ptr<Region>> regions_;
  Region* parent_ = nullptr;
  Operation *next_ = nullptr, *prev_ = nullptr;
  Location location_;
  std::string_view implementation_;
};

// A list of operations with arguments and a terminator (the values it yields).
class Region {
 public:
  Region(Function* function, Operation* parent) : function_(function), parent_(parent) {}
  Function& function() const { return *function_; }
  Operation* parent() const { return parent_; }  // nullptr for a function's body
  std::span<Value* const> arguments() const { return arguments_; }
  Value* argument(size_t i) const { return arguments_[i]; }
  std::span<Value* const> results() const { return results_; }
  Value* add_argument(Type type, std::string_view name = "");
  void set_results(std::vector<Value*> values);  // sets the yielded values, updates use lists
  Operation* first() const { return first_; }
  Operation* last() const { return last_; }
  std::string_view label() const { return label_; }  // "cond", "body", "then", ...
  void set_label(std::string_view label) { label_ = intern(label); }

 private:
  friend class Function;
  friend class Operation;
  Function* function_;
  Operation* parent_;
  std::vector<Value*> arguments_;
  std::vector<Value*> results_;
  std::vector<uint32_t> use_places_;  // of each result in its value's uses
  Operation *first_ = nullptr, *last_ = nullptr;
  std::string_view label_;
};

class Function {
 public:
  explicit Function(std::string name) : name_(std::move(name)), body_(this, nullptr) {}
  Function(const Function&) = delete;
  ~Function();  // does not recurse

  const std::string& name() const { return name_; }
  Region& body() { return body_; }
  const Region& body() const { return body_; }

  // Inserts an operation before `before` or at the end of `region`. Infers its result types unless
  // `result_types` are given (structured operations). Raises the operation's user errors.
  Operation* create(Region& region, const OpDef& def, std::span<Value* const> operands,
                    const Attributes& attributes = {}, Location location = {},
                    Operation* before = nullptr, const Types* result_types = nullptr);
  // Raises CompileError if regions are nested more than 64 deep.
  Region& add_region(Operation& operation, std::string_view label);
  void move_to_end(Operation& operation, Region& region);
  // Erases an operation and its regions. Its results must have no uses.
  void erase(Operation& operation);
  // Replaces every use of `from` by `to`.
  void replace_uses(Value* from, Value* to);
  uint32_t num_values() const { return static_cast<uint32_t>(values_.size()); }
  uint32_t num_operations() const { return static_cast<uint32_t>(operations_.size()); }

  // Returns a deep copy. Fills `mapping`, if given, with the copies by value id.
  std::unique_ptr<Function> clone(std::vector<Value*>* mapping = nullptr) const;

 private:
  friend class Region;
  friend class Operation;
  Value* new_value(Type type);
  void link(Operation& operation, Region& region, Operation* before);
  void unlink(Operation& operation);
  static void add_use(Value* value, Use use);
  static void drop_use(Value* value, uint32_t place);
  static uint32_t& place_of(const Use& use);
  std::string name_;
  std::deque<Value> values_;
  std::deque<Operation> operations_;
  Region body_;
};

class Module {
 public:
  Function& add(std::unique_ptr<Function> function);  // the name must be free
  Function* find(std::string_view name) const;
  std::span<const std::unique_ptr<Function>> functions() const { return functions_; }

 private:
  std::vector<std::unique_ptr<Function>> functions_;
  std::map<std::string_view, Function*> by_name_;
};

// The copies of values, by value id; nullptr: not copied.
using ValueMap = std::vector<Value*>;

// Copies an operation into `to`. Operands in `map` are replaced by their copies, others stay
// (values of the same function). Adds the results to `map`, which grows as needed.
Operation* clone_operation(const Operation& operation, Region& to, Operation* before,
                           ValueMap& map);
// Copies every operation of `from`, regions included, but not the arguments and results of `from`.
void clone_operations(const Region& from, Region& to, Operation* before, ValueMap& map);
// Returns the copy of `value`, or `value` itself if `map` has none.
inline Value* mapped(const ValueMap& map, Value* value) {
  return value && value->id() < map.size() && map[value->id()] ? map[value->id()] : value;
}

// Visits every operation of a region and its nested regions, in order, without recursion.
// `visit(Operation&)` may erase the operation it is given.
template <class Visit>
void walk(Region& region, const Visit& visit) {
  std::vector<Operation*> stack;
  if (region.first()) stack.push_back(region.first());
  while (!stack.empty()) {
    Operation* op = stack.back();
    stack.pop_back();
    if (Operation* next = op->next()) stack.push_back(next);
    std::vector<Operation*> inner;
    for (size_t i = 0; i < op->num_regions(); ++i) {
      if (Operation* first = op->region(i).first()) inner.push_back(first);
    }
    visit(*op);
    if (!op->erased()) stack.insert(stack.end(), inner.rbegin(), inner.rend());
  }
}

}  // namespace mycel::ir
