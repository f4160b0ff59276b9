#include "mycel/te/interpreter.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <vector>

#include "mycel/base/error.h"
#include "mycel/te/lanes.h"

namespace mycel::te {
namespace {

constexpr int64_t kLanes = 256;

// A node in one scope: evaluated whenever the scope's axes move on.
struct Scope;
struct Step {
  const Node* node;
  std::vector<int> operands;     // registers
  int result;                    // register
  std::unique_ptr<Scope> inner;  // of a reduction or scan
};

// The loops of one reduction (or, at the root, of the output), with what is evaluated inside.
struct Scope {
  std::vector<Axis> axes;
  std::vector<Step> steps;
  std::vector<int> values;  // registers of the reduction's operands
  std::unordered_map<const Node*, int> registers;
};

struct Register {
  DType dtype;
  bool varies;                       // one value per lane, or one for all
  std::unique_ptr<double[]> memory;  // kLanes elements of at most 8 bytes
  Lanes lanes() const { return {memory.get(), dtype, varies ? 1 : 0}; }
};

// One output as a program over lanes along its innermost axis. Reductions are loops around their
// bodies; what a body does not change is evaluated outside of it.
class Program {
 public:
  explicit Program(const Output& output) : output_(output) {
    root_.axes = output.axes;
    if (!output.axes.empty()) lane_axis_ = output.axes.back().id;
    chain_ = {&root_};
    result_ = place(output.value.get());
  }

  void run(std::span<const NDArray> inputs, const NDArray& out) {
    inputs_ = inputs;
    const Shape& shape = out.shape();
    for (int64_t extent : shape) {
      if (extent == 0) return;
    }
    for (const Axis& axis : root_.axes) values_[axis.id] = 0;
    int64_t inner = shape.empty() ? 1 : shape.back();
    Shape at(shape.size(), 0);
    while (true) {
      for (size_t d = 0; d + 1 < at.size(); ++d) values_[root_.axes[d].id] = at[d];
      for (int64_t start = 0; start < inner; start += kLanes) {
        start_ = start;
        count_ = std::min(kLanes, inner - start);
        run_steps(root_);
        store(out, at);
      }
      if (!advance(at, shape)) return;
    }
  }

 private:
  // The next index over all dims but the last.
  static bool advance(Shape& at, const Shape& shape) {
    for (size_t d = shape.size() < 2 ? 0 : shape.size() - 1; d-- > 0;) {
      if (++at[d] < shape[d]) return true;
      at[d] = 0;
    }
    return false;
  }

  // --- building ----------------------------------------------------------------------------------

  // The register of a node, placed in the outermost scope that binds what it depends on. Operands
  // of one scope are walked without recursion; only nested reductions recurse.
  int place(const Node* root) {
    std::vector<std::pair<const Node*, size_t>> stack{{root, 0}};
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      bool binds = node->kind == Kind::kReduce;
      size_t first = node->kind == Kind::kScan ? 1 : binds ? node->operands.size() : 0;
      if (find(node) >= 0) {
        stack.pop_back();
      } else if (first + next < node->operands.size()) {
        const Node* child = node->operands[first + next++].get();
        stack.push_back({child, 0});
      } else {
        emit(node);
        stack.pop_back();
      }
    }
    return find(root);
  }

  int find(const Node* node) const {
    for (const Scope* scope : chain_) {
      auto found = scope->registers.find(node);
      if (found != scope->registers.end()) return found->second;
    }
    return -1;
  }

  const std::vector<Axis>& free_of(const Node* node) {
    auto found = free_.find(node);
    if (found == free_.end()) found = free_.emplace(node, free_axes(Expr(node))).first;
    return found->second;
  }

  Scope& scope_of(const Node* node) {
    for (size_t i = chain_.size(); i-- > 1;) {
      for (const Axis& axis : free_of(node)) {
        const std::vector<Axis>& bound = chain_[i]->axes;
        if (std::find(bound.begin(), bound.end(), axis) != bound.end()) return *chain_[i];
      }
    }
    return root_;
  }

  void emit(const Node* node) {
    Scope& scope = scope_of(node);
    Step step{node, {}, 0, nullptr};
    if (node->kind == Kind::kReduce || node->kind == Kind::kScan) {
      step.inner = std::make_unique<Scope>();
      step.inner->axes = node->axes;
      // The body sees the scopes up to the one in which the reduction stands.
      std::vector<Scope*> saved = chain_;
      while (chain_.back() != &scope) chain_.pop_back();
      chain_.push_back(step.inner.get());
      size_t bodies = node->kind == Kind::kScan ? 1 : node->operands.size();
      for (size_t i = 0; i < bodies; ++i)
        step.inner->values.push_back(place(node->operands[i].get()));
      chain_ = saved;
      if (node->kind == Kind::kScan) step.operands = {find(node->operands[1].get())};
    } else {
      for (const Expr& operand : node->operands) step.operands.push_back(find(operand.get()));
    }
    step.result = add_register(node);
    scope.registers[node] = step.result;
    scope.steps.push_back(std::move(step));
  }

  int add_register(const Node* node) {
    bool varies = false;
    for (const Axis& axis : free_of(node)) varies = varies || axis.id == lane_axis_;
    registers_.push_back({node->dtype, varies, std::make_unique<double[]>(kLanes)});
    return static_cast<int>(registers_.size()) - 1;
  }

  // --- running -----------------------------------------------------------------------------------

  int64_t count(const Register& reg) const { return reg.varies ? count_ : 1; }
  Lanes lanes(int reg) const { return registers_[static_cast<size_t>(reg)].lanes(); }

  void run_steps(const Scope& scope) {
    for (const Step& step : scope.steps) run_step(step);
  }

  void run_step(const Step& step) {
    const Register& out = registers_[static_cast<size_t>(step.result)];
    int64_t n = count(out);
    switch (step.node->kind) {
      case Kind::kConstant:
        return fill_constant(*step.node, out.lanes(), n);
      case Kind::kExtent:
        *static_cast<int64_t*>(out.lanes().data) = step.node->extent.value();
        return;
      case Kind::kAxis:
        return run_axis(*step.node, out);
      case Kind::kLoad:
        return run_load(step, out, n);
      case Kind::kReduce:
        return run_reduce(step, out, n);
      case Kind::kScan:
        return run_scan(step, out, n);
      case Kind::kCall:
        break;
    }
    Lanes operands[3];
    for (size_t i = 0; i < step.operands.size(); ++i) operands[i] = lanes(step.operands[i]);
    apply(step.node->fn, out.lanes(), operands, n);
  }

  void run_axis(const Node& node, const Register& out) {
    auto* data = static_cast<int64_t*>(out.lanes().data);
    if (out.varies) {
      for (int64_t i = 0; i < count_; ++i) data[i] = start_ + i;
    } else {
      data[0] = values_.at(node.axes[0].id);
    }
  }

  void run_load(const Step& step, const Register& out, int64_t n) {
    const NDArray& input = inputs_[static_cast<size_t>(step.node->input)];
    size_t rank = step.operands.size() - (step.node->predicated ? 1 : 0);
    auto bytes = static_cast<size_t>(byte_size(out.dtype));
    auto* to = static_cast<char*>(out.lanes().data);
    for (int64_t i = 0; i < n; ++i) {
      char* element = to + static_cast<size_t>(i) * bytes;
      if (step.node->predicated) {
        Lanes predicate = lanes(step.operands[rank]);
        if (!static_cast<bool*>(predicate.data)[i * predicate.step]) {
          std::memset(element, 0, bytes);
          continue;
        }
      }
      int64_t offset = 0;
      for (size_t d = 0; d < rank; ++d) {
        Lanes index = lanes(step.operands[d]);
        int64_t at = static_cast<int64_t*>(index.data)[i * index.step];
        if (at < 0 || at >= input.shape()[d]) {
          fail(Code::kIndex, "index {} is out of range for dim of size {}", at, input.shape()[d]);
        }
        offset += at * input.strides()[d];
      }
      std::memcpy(element,
                  static_cast<const char*>(input.raw()) + offset * static_cast<int64_t>(bytes),
                  bytes);
    }
  }

  // Calls `body` for every index of the scope's axes, the last one fastest.
  template <class Body>
  void loop(const Scope& scope, const Body& body) {
    Shape extents, at;
    for (const Axis& axis : scope.axes) {
      extents.push_back(axis.extent.value());
      if (extents.back() <= 0) return;
      at.push_back(0);
    }
    while (true) {
      for (size_t d = 0; d < at.size(); ++d) values_[scope.axes[d].id] = at[d];
      run_steps(scope);
      body();
      size_t d = at.size();
      while (d-- > 0) {
        if (++at[d] < extents[d]) break;
        at[d] = 0;
        if (d == 0) return;
      }
    }
  }

  void run_reduce(const Step& step, const Register& out, int64_t n) {
    const Node& node = *step.node;
    const std::vector<int>& values = step.inner->values;
    if (node.operands.size() == 1) {
      fill_neutral(node.reducer, out.lanes(), n);
      loop(*step.inner, [&] { combine(node.reducer, out.lanes(), lanes(values[0]), n); });
      return;
    }
    std::vector<double> best(static_cast<size_t>(n)), index(static_cast<size_t>(n));
    Lanes acc{best.data(), node.operands[0]->dtype, 1}, at{index.data(), DType::kInt64, 1};
    auto* numbers = reinterpret_cast<int64_t*>(index.data());
    std::fill(numbers, numbers + n, int64_t{-1});
    loop(*step.inner,
         [&] { combine_arg(node.reducer, acc, at, lanes(values[0]), lanes(values[1]), n); });
    std::memcpy(out.lanes().data, node.result == 0 ? acc.data : at.data,
                static_cast<size_t>(n * byte_size(node.dtype)));
  }

  void run_scan(const Step& step, const Register& out, int64_t n) {
    const Node& node = *step.node;
    fill_neutral(node.reducer, out.lanes(), n);
    Lanes until = lanes(step.operands[0]), value = lanes(step.inner->values[0]);
    auto bytes = static_cast<size_t>(byte_size(node.dtype));
    int64_t k = 0;
    loop(*step.inner, [&] {
      for (int64_t i = 0; i < n; ++i) {
        if (k > static_cast<int64_t*>(until.data)[i * until.step]) continue;
        Lanes acc{static_cast<char*>(out.lanes().data) + static_cast<size_t>(i) * bytes, node.dtype,
                  1};
        Lanes one{static_cast<char*>(value.data) + static_cast<size_t>(i * value.step) * bytes,
                  node.dtype, 1};
        combine(node.reducer, acc, one, 1);
      }
      ++k;
    });
  }

  void store(const NDArray& out, const Shape& at) const {
    Lanes value = lanes(result_);
    auto bytes = byte_size(out.dtype());
    int64_t offset = 0;
    for (size_t d = 0; d + 1 < at.size(); ++d) offset += at[d] * out.strides()[d];
    int64_t stride = at.empty() ? 0 : out.strides()[at.size() - 1];
    for (int64_t i = 0; i < count_; ++i) {
      std::memcpy(static_cast<char*>(out.raw()) + (offset + (start_ + i) * stride) * bytes,
                  static_cast<const char*>(value.data) + i * value.step * bytes,
                  static_cast<size_t>(bytes));
    }
  }

  const Output& output_;
  int64_t lane_axis_ = -1;
  Scope root_;
  std::vector<Scope*> chain_;  // from the root to the scope that is being built
  std::unordered_map<const Node*, std::vector<Axis>> free_;
  std::vector<Register> registers_;
  int result_ = -1;

  std::span<const NDArray> inputs_;
  std::unordered_map<int64_t, int64_t> values_;  // of axes that are not along the lanes
  int64_t start_ = 0, count_ = 1;
};

}  // namespace

void interpret(const Computation& computation, std::span<const NDArray> inputs,
               std::span<const NDArray> outputs) {
  for (size_t i = 0; i < computation.outputs.size(); ++i) {
    Program(computation.outputs[i]).run(inputs, outputs[i]);
  }
}

}  // namespace mycel::te
