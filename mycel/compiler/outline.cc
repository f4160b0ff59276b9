#include "mycel/compiler/outline.h"

#include <unordered_map>
#include <unordered_set>

namespace mycel::compiler {
namespace {

using Mapping = std::unordered_map<const ir::Value*, ir::Value*>;

// Copies operations region by region, with a work list instead of recursion: text may nest deeply.
class Copy {
 public:
  Copy(ir::Function& target, Mapping mapping) : target_(target), mapping_(std::move(mapping)) {}

  void run(const ir::Region& from, ir::Region& to) {
    std::vector<std::pair<const ir::Region*, ir::Region*>> work{{&from, &to}};
    std::vector<std::pair<const ir::Region*, ir::Region*>> yields;
    while (!work.empty()) {
      auto [source, destination] = work.back();
      work.pop_back();
      yields.push_back({source, destination});
      for (const ir::Operation* op = source->first(); op; op = op->next()) {
        copy(*op, *destination, work);
      }
    }
    for (auto& [source, destination] : yields) {
      std::vector<ir::Value*> results;
      for (const ir::Value* value : source->results()) results.push_back(mapping_.at(value));
      destination->set_results(std::move(results));
    }
  }

 private:
  void copy(const ir::Operation& op, ir::Region& destination,
            std::vector<std::pair<const ir::Region*, ir::Region*>>& work) {
    std::vector<ir::Value*> operands;
    for (const ir::Value* operand : op.operands()) {
      operands.push_back(operand ? mapping_.at(operand) : nullptr);
    }
    ir::Types types;
    for (const ir::Value* result : op.results()) types.push_back(result->type());
    ir::Operation* made = target_.create(destination, op.def(), operands, op.attributes(),
                                         op.location(), nullptr, &types);
    made->set_implementation(op.implementation());
    for (size_t i = 0; i < op.num_results(); ++i) mapping_[op.result(i)] = made->result(i);
    for (size_t i = 0; i < op.num_regions(); ++i) {
      const ir::Region& from = op.region(i);
      ir::Region& to = target_.add_region(*made, from.label());
      for (const ir::Value* argument : from.arguments()) {
        mapping_[argument] = to.add_argument(argument->type(), argument->name());
      }
      work.push_back({&from, &to});
    }
  }

  ir::Function& target_;
  Mapping mapping_;
};

}  // namespace

std::vector<const ir::Value*> captures(const ir::Region& region) {
  std::unordered_set<const ir::Value*> inside;
  std::vector<const ir::Value*> used, result;
  auto enter = [&](const ir::Region& r) {
    inside.insert(r.arguments().begin(), r.arguments().end());
    used.insert(used.end(), r.results().begin(), r.results().end());
  };
  enter(region);
  ir::walk(const_cast<ir::Region&>(region), [&](ir::Operation& op) {
    inside.insert(op.results().begin(), op.results().end());
    used.insert(used.end(), op.operands().begin(), op.operands().end());
    for (size_t i = 0; i < op.num_regions(); ++i) enter(op.region(i));
  });
  for (const ir::Value* value : used) {
    if (value && inside.insert(value).second) result.push_back(value);
  }
  return result;
}

std::unique_ptr<ir::Function> outline(const ir::Region& region,
                                      const std::vector<const ir::Value*>& captured,
                                      const std::string& name) {
  auto function = std::make_unique<ir::Function>(name);
  Mapping mapping;
  auto add = [&](const ir::Value* value) {
    mapping[value] = function->body().add_argument(value->type(), value->name());
  };
  for (const ir::Value* argument : region.arguments()) add(argument);
  for (const ir::Value* value : captured) add(value);
  Copy(*function, std::move(mapping)).run(region, function->body());
  return function;
}

}  // namespace mycel::compiler
