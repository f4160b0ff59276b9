#include "mycel/jit/compiled_tape.h"

#include <unordered_map>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel::compiler {

class CompiledTape::Builder {
 public:
  Builder(const ir::Function& function, const RecordedOps& recorded,
          const std::vector<Edge>& variables)
      : recorded_(recorded) {
    for (const ir::Operation* op = function.body().first(); op; op = op->next()) {
      numbers_.emplace(op, numbers_.size());
    }
    for (size_t i = 0; i < variables.size(); ++i) {
      variables_.emplace(variables[i].node.get(), i);
    }
  }

  // Returns what the edge leads to; if that is an operation, queues it.
  Target target(Edge edge) {
    while (edge.node) {
      if (auto variable = variables_.find(edge.node.get()); variable != variables_.end()) {
        return {Target::Kind::kVariable, variable->second, 0};
      }
      if (const ir::Operation* op = recorded_.find(*edge.node)) {
        size_t number = numbers_.at(op);
        if (seen_.try_emplace(number).second) pending_.emplace_back(number, edge.node);
        return {Target::Kind::kResult, number, edge.index};
      }
      // The variable of a gradient taken inside the function passes on to what it stands for.
      if (edge.node->num_inputs() != 1) break;
      edge = Edge(edge.node->edge(0));
    }
    return {};
  }

  std::map<size_t, std::vector<Target>> operations() {
    while (!pending_.empty()) {
      auto [number, node] = std::move(pending_.back());
      pending_.pop_back();
      std::vector<Target> operands;
      for (size_t i = 0; i < node->num_inputs(); ++i) operands.push_back(target(node->edge(i)));
      seen_[number] = std::move(operands);
    }
    return std::move(seen_);
  }

 private:
  const RecordedOps& recorded_;
  std::unordered_map<const ir::Operation*, size_t> numbers_;
  std::unordered_map<const Node*, size_t> variables_;
  std::map<size_t, std::vector<Target>> seen_;
  std::vector<std::pair<size_t, IntrusivePtr<Node>>> pending_;
};

CompiledTape::CompiledTape(const ir::Function& function, const RecordedOps& recorded,
                           const std::vector<Edge>& outputs, const std::vector<Edge>& variables)
    : num_variables_(variables.size()) {
  Builder builder(function, recorded, variables);
  for (const Edge& output : outputs) outputs_.push_back(builder.target(output));
  operands_ = builder.operations();
}

class CompiledTape::Replay {
 public:
  Replay(const CompiledTape& tape, const ir::Function& function, const std::vector<NDArray>& inputs,
         const std::vector<Edge>& variables)
      : tape_(tape), variables_(variables), payloads_(function.num_values()) {
    for (size_t i = 0; i < function.body().arguments().size(); ++i) {
      payloads_[function.body().argument(i)->id()].array = inputs[i];
    }
    size_t number = 0;
    for (const ir::Operation* op = function.body().first(); op; op = op->next()) {
      run(*op, number++);
    }
  }

  Tensor value(const ir::Value& value, const Target& target) const {
    return Tensor(State{payloads_[value.id()], edge(target)});
  }

 private:
  void run(const ir::Operation& op, size_t number) {
    if (op.def().kind == ir::OpKind::kStructured) {
      fail(Code::kNotImplemented, "[{}] has no gradient, and runs in no trace", op.def().name);
    }
    auto recorded = tape_.operands_.find(number);
    bool records = recorded != tape_.operands_.end();
    GradMode mode(records);
    LocationScope scope(op.location());
    Tensors operands;
    for (size_t i = 0; i < op.num_operands(); ++i) {
      const ir::Value* operand = op.operand(i);
      operands.push_back(operand ? value(*operand, records ? recorded->second[i] : Target())
                                 : Tensor());
    }
    Tensors results = apply(op.def(), operands, op.attributes());
    std::vector<Edge>& edges = edges_[number];
    for (size_t i = 0; i < results.size(); ++i) {
      State state = results[i].state();
      payloads_[op.result(i)->id()] = std::move(state.payload);
      edges.push_back(std::move(state.edge));
    }
  }

  Edge edge(const Target& target) const {
    switch (target.kind) {
      case Target::Kind::kVariable:
        return variables_[target.number];
      case Target::Kind::kResult:
        return edges_.at(target.number)[target.result];
      case Target::Kind::kNone:
        break;
    }
    return {};
  }

  const CompiledTape& tape_;
  const std::vector<Edge>& variables_;
  std::vector<Payload> payloads_;  // by value
  std::unordered_map<size_t, std::vector<Edge>> edges_;
};

Tensors CompiledTape::replay(const ir::Function& function, const std::vector<NDArray>& inputs,
                             const std::vector<Edge>& variables) const {
  Replay replay(*this, function, inputs, variables);
  Tensors outputs;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    outputs.push_back(replay.value(*function.body().results()[i], outputs_[i]));
  }
  return outputs;
}

CompiledTape::Users CompiledTape::users() const {
  Users all;
  auto& [of_variables, of_operations] = all;
  of_variables.assign(num_variables_, std::vector<bool>(outputs_.size()));
  auto add = [&](const Target& used, const std::vector<bool>& users) {
    if (used.kind == Target::Kind::kNone) return;
    bool variable = used.kind == Target::Kind::kVariable;
    std::vector<bool>& known = variable ? of_variables[used.number] : of_operations[used.number];
    known.resize(outputs_.size());
    for (size_t i = 0; i < users.size(); ++i) known[i] = known[i] || users[i];
  };
  for (size_t i = 0; i < outputs_.size(); ++i) {
    std::vector<bool> itself(outputs_.size());
    itself[i] = true;
    add(outputs_[i], itself);
  }
  // Users come after the operations they use, hence the reverse order.
  for (auto op = operands_.rbegin(); op != operands_.rend(); ++op) {
    for (const Target& operand : op->second) add(operand, of_operations[op->first]);
  }
  return all;
}

}  // namespace mycel::compiler
