#include "mycel/compiler/compiled_tape.h"

#include <unordered_map>

#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/object.h"

namespace mycel::compiler {

class CompiledTape::Builder {
 public:
  Builder(const ir::Function& function, const RecordedOps& recorded, const Tensors& variables,
          const std::vector<size_t>& variable_inputs)
      : recorded_(recorded) {
    for (const ir::Operation* op = function.body().first(); op; op = op->next()) {
      numbers_.emplace(op, numbers_.size());
    }
    for (size_t i = 0; i < variables.size(); ++i) {
      inputs_.emplace(variables[i].object()->state.edge.node.get(), variable_inputs[i]);
    }
  }

  // Notes the operation, too, if the edge comes from one.
  Target target(Edge edge) {
    while (edge.node) {
      if (auto input = inputs_.find(edge.node.get()); input != inputs_.end()) {
        return {Target::Kind::kInput, input->second, 0};
      }
      if (const ir::Operation* op = recorded_.find(*edge.node)) {
        size_t number = numbers_.at(op);
        if (seen_.try_emplace(number).second) pending_.emplace_back(number, edge.node);
        return {Target::Kind::kResult, number, edge.index};
      }
      // A variable of a gradient that was taken in the function passes on to what it stands for.
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
  std::unordered_map<const Node*, size_t> inputs_;
  std::map<size_t, std::vector<Target>> seen_;
  std::vector<std::pair<size_t, IntrusivePtr<Node>>> pending_;
};

CompiledTape::CompiledTape(const ir::Function& function, const RecordedOps& recorded,
                           const std::vector<Edge>& outputs, const Tensors& variables,
                           const std::vector<size_t>& variable_inputs) {
  Builder builder(function, recorded, variables, variable_inputs);
  for (const Edge& output : outputs) outputs_.push_back(builder.target(output));
  operands_ = builder.operations();
}

class CompiledTape::Replay {
 public:
  Replay(const CompiledTape& tape, const ir::Function& function, const Tensors& inputs)
      : tape_(tape), inputs_(inputs), payloads_(function.num_values()) {
    for (size_t i = 0; i < function.body().arguments().size(); ++i) {
      payloads_[function.body().argument(i)->id()] = inputs[i].state().payload;
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
      case Target::Kind::kInput:
        return inputs_[target.number].state().edge;
      case Target::Kind::kResult:
        return edges_.at(target.number)[target.result];
      case Target::Kind::kNone:
        break;
    }
    return {};
  }

  const CompiledTape& tape_;
  const Tensors& inputs_;
  std::vector<Payload> payloads_;  // by value
  std::unordered_map<size_t, std::vector<Edge>> edges_;
};

Tensors CompiledTape::replay(const ir::Function& function, const Tensors& inputs) const {
  Replay replay(*this, function, inputs);
  Tensors outputs;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    outputs.push_back(replay.value(*function.body().results()[i], outputs_[i]));
  }
  return outputs;
}

}  // namespace mycel::compiler
