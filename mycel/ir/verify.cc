#include "mycel/ir/verify.h"

#include <unordered_map>

#include "mycel/ir/control_flow.h"
#include "mycel/ir/text.h"

namespace mycel::ir {
namespace {

class Checker {
 public:
  Checker(const Function& function, const Module* module)
      : function_(function), module_(module), level_of_(function.num_values()) {}

  std::optional<Problem> run() {
    if (check_region(function_.body(), 1, 1) && slots_ != uses_) {
      wrong(nullptr, fmt::format("has {} uses of values but use lists name {}", slots_, uses_));
    }
    return std::move(problem_);
  }

 private:
  bool wrong(const Operation* op, std::string text) {
    problem_ = Problem{&function_, op, std::move(text)};
    return false;
  }

  // `level`: the nesting depth of the region; values of levels below `floor` are not visible.
  // Function::add_region bounds the recursion depth.
  bool check_region(const Region& region, int level, int floor) {
    std::vector<const Value*> defined;
    bool good = check_contents(region, level, floor, defined);
    for (const Value* value : defined) level_of_[value->id()] = 0;
    return good;
  }

  bool check_contents(const Region& region, int level, int floor,
                      std::vector<const Value*>& defined) {
    for (const Value* argument : region.arguments()) {
      if (argument->owner() != &region) return wrong(region.parent(), "has a foreign argument");
      if (!define(*argument, region.parent(), level, defined)) return false;
    }
    const Operation* before = nullptr;
    for (const Operation* op = region.first(); op; before = op, op = op->next()) {
      if (op->parent() != &region || op->prev() != before) {
        return wrong(op, "is linked into another region or place");
      }
      if (!check_operation(*op, level, floor)) return false;
      for (const Value* result : op->results()) {
        if (result->producer() != op) return wrong(op, "has a result of another operation");
        if (!define(*result, op, level, defined)) return false;
      }
    }
    for (const Value* result : region.results()) {
      ++slots_;
      if (!visible(result, floor)) {
        return wrong(region.parent(), "yields a value that is not defined there");
      }
    }
    return true;
  }

  bool define(const Value& value, const Operation* op, int level,
              std::vector<const Value*>& defined) {
    for (const Use& use : value.uses()) {
      const Value* there = nullptr;
      if (use.user && use.index < use.user->num_operands()) there = use.user->operand(use.index);
      if (use.region && use.index < use.region->results().size()) {
        there = use.region->results()[use.index];
      }
      if (there != &value) return wrong(op, "has a value whose use list names somebody else");
    }
    uses_ += value.uses().size();
    level_of_[value.id()] = level;
    defined.push_back(&value);
    return true;
  }

  bool visible(const Value* value, int floor) const {
    return value && value->id() < level_of_.size() && level_of_[value->id()] >= floor;
  }

  bool check_operation(const Operation& op, int level, int floor) {
    for (size_t i = 0; i < op.num_operands(); ++i) {
      slots_ += op.operand(i) != nullptr;
      if (op.operand(i) && !visible(op.operand(i), floor)) {
        return wrong(&op, fmt::format("uses as operand {} a value that is not defined there", i));
      }
    }
    if (op.attributes().schema() && op.attributes().schema() != &op.def().attributes) {
      return wrong(&op, "has another operation's attributes");
    }
    const StructuredDef* def = structured(op.def());
    return def ? check_structured(op, *def, level, floor) : check_types(op);
  }

  bool check_types(const Operation& op) {
    if (op.num_regions() > 0) return wrong(&op, "expects no regions");
    Types operands, results;
    for (const Value* operand : op.operands()) {
      operands.push_back(operand ? operand->type() : Type());
    }
    try {
      infer_types({&op.def(), operands.data(), operands.size(), &op.attributes()}, results);
    } catch (const Error& error) {
      return wrong(&op, error.what());
    }
    if (results.size() != op.num_results()) {
      return wrong(&op,
                   fmt::format("expects {} results, got {}", results.size(), op.num_results()));
    }
    for (size_t i = 0; i < results.size(); ++i) {
      if (!(results[i] == op.result(i)->type())) {
        return wrong(&op, fmt::format("expects result {} to be {}, got {}", i,
                                      to_string(results[i]), to_string(op.result(i)->type())));
      }
    }
    return true;
  }

  bool check_structured(const Operation& op, const StructuredDef& def, int level, int floor) {
    if (op.num_regions() != def.labels.size()) {
      return wrong(&op,
                   fmt::format("expects {} regions, got {}", def.labels.size(), op.num_regions()));
    }
    for (size_t i = 0; i < op.num_operands(); ++i) {
      if (!op.operand(i)) return wrong(&op, fmt::format("expects a value as operand {}", i));
    }
    Types expected = def.argument_types(op);
    for (size_t r = 0; r < op.num_regions(); ++r) {
      const Region& region = op.region(r);
      if (region.label() != def.labels[r]) {
        return wrong(&op, fmt::format("expects region {} to be {}, got {}", r, def.labels[r],
                                      region.label()));
      }
      if (!check_arguments(op, region, expected)) return false;
      if (!check_region(region, level + 1, def.isolated ? level + 1 : floor)) return false;
    }
    std::string text = def.check(op, module_);
    return text.empty() || wrong(&op, text);
  }

  bool check_arguments(const Operation& op, const Region& region, const Types& expected) {
    if (region.arguments().size() != expected.size()) {
      return wrong(&op, fmt::format("expects {} to have {} arguments, got {}", region.label(),
                                    expected.size(), region.arguments().size()));
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      if (!(region.argument(i)->type() == expected[i])) {
        return wrong(&op,
                     fmt::format("expects argument {} of {} to be {}, got {}", i, region.label(),
                                 to_string(expected[i]), to_string(region.argument(i)->type())));
      }
    }
    return true;
  }

  const Function& function_;
  const Module* module_;
  std::vector<int> level_of_;  // by value id; 0: not visible here
  size_t slots_ = 0, uses_ = 0;
  std::optional<Problem> problem_;
};

// Finds cycles of calls, which would never end.
class CallGraph {
 public:
  explicit CallGraph(const Module& module) {
    for (const auto& function : module.functions()) {
      walk(function->body(), [&](Operation& op) {
        if (!op.is("call")) return;
        const Function* callee = module.find(op.attributes().as<CallAttributes>().callee);
        if (callee) callees_[function.get()].push_back({callee, &op});
      });
    }
  }

  std::optional<Problem> find_cycle(const Function& start) {
    struct Frame {
      const Function* function;
      size_t next;
    };
    std::vector<Frame> stack;
    auto enter = [&](const Function* function) {
      state_[function] = State::kOpen;
      stack.push_back({function, 0});
    };
    if (state_[&start] == State::kNew) enter(&start);
    while (!stack.empty()) {
      Frame& top = stack.back();
      const std::vector<Edge>& edges = callees_[top.function];
      if (top.next == edges.size()) {
        state_[top.function] = State::kDone;
        stack.pop_back();
        continue;
      }
      const Edge& edge = edges[top.next++];
      State state = state_[edge.callee];
      if (state == State::kOpen) {
        return Problem{top.function, edge.call, "calls a function that calls this one"};
      }
      if (state == State::kNew) enter(edge.callee);
    }
    return std::nullopt;
  }

 private:
  enum class State { kNew, kOpen, kDone };
  struct Edge {
    const Function* callee;
    const Operation* call;
  };
  std::unordered_map<const Function*, std::vector<Edge>> callees_;
  std::unordered_map<const Function*, State> state_;
};

void raise(const std::optional<Problem>& problem) {
  if (!problem) return;
  std::string where = problem->function->name();
  if (const Operation* op = problem->operation) {
    where += fmt::format(", {} (operation {})", op->def().name, op->id());
    if (op->location().known()) where += " " + to_string(op->location());
  }
  fail_internal("in the function {}: {}", where, problem->text);
}

}  // namespace

std::optional<Problem> find_problem(const Function& function, const Module* module) {
  return Checker(function, module).run();
}

std::optional<Problem> find_problem(const Module& module) {
  for (const auto& function : module.functions()) {
    if (auto problem = find_problem(*function, &module)) return problem;
  }
  CallGraph graph(module);
  for (const auto& function : module.functions()) {
    if (auto problem = graph.find_cycle(*function)) return problem;
  }
  return std::nullopt;
}

void verify(const Function& function, const Module* module) {
  raise(find_problem(function, module));
}
void verify(const Module& module) { raise(find_problem(module)); }

}  // namespace mycel::ir
