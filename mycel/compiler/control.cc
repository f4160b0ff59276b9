#include "mycel/compiler/control.h"

#include <algorithm>

#include "mycel/compiler/outline.h"
#include "mycel/compiler/prepare.h"
#include "mycel/ir/structured.h"
#include "mycel/te/formula.h"

namespace mycel::compiler {
namespace {

using backends::Stream;
using runtime::Spec;

constexpr int64_t kAlign = 64;
int64_t align(int64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

Spec dense(const ir::Type& type) {
  Shape shape = to_shape(type.dims);
  Strides strides = dense_strides(shape, type.layout);
  return {type.dtype, std::move(shape), std::move(strides), false};
}

backends::KernelPtr copy_kernel(backends::Backend& backend, const Spec& from, const Spec& to) {
  te::Formula formula({{from.dtype, to_dims(from.shape)}});
  std::vector<te::Axis> axes = te::Formula::axes(to_dims(from.shape));
  formula.output(from.dtype, axes, formula.input(0).at(axes));
  return backend.compile(formula.take(), {&from, 1}, {&to, 1});
}

void run_copy(const backends::KernelPtr& kernel, char* from, char* to, const Stream& stream) {
  void* buffers[] = {from, to};
  kernel->run(buffers, nullptr, stream);
}

// A region, prepared: arguments, then captured values, to results of its own.
class Inner {
 public:
  Inner(const ir::Region& region, const std::vector<const ir::Value*>& captured,
        const ControlContext& context, const std::string& name) {
    std::unique_ptr<ir::Function> function = outline(region, captured, name);
    std::vector<Spec> specs;
    for (const ir::Value* argument : region.arguments()) specs.push_back(dense(argument->type()));
    for (const ir::Value* value : captured) specs.push_back(context.spec(value));
    PrepareOptions options;
    options.module = context.module;
    options.fresh_results = true;
    options.call_depth = context.depth + 1;
    executable_ = prepare(*function, *context.backend, specs, options);
  }

  int64_t arena_bytes() const { return align(executable_->parts().plan.arena_bytes); }
  const Spec& result(size_t i) const { return executable_->parts().outputs[i]; }
  size_t num_results() const { return executable_->parts().outputs.size(); }

  void run(char* arena, const std::vector<char*>& inputs, const std::vector<char*>& outputs,
           const Stream& stream) const {
    InlineVector<char*, 32> bases;
    bases.push_back(arena);
    for (char* input : inputs) bases.push_back(input);
    for (char* output : outputs) bases.push_back(output);
    for (const NDArray& constant : executable_->parts().constants) {
      bases.push_back(static_cast<char*>(constant.raw()));
    }
    executable_->run_steps({bases.data(), bases.size()}, stream);
  }

 private:
  std::shared_ptr<const runtime::Executable> executable_;
};

// A bool on the device, read by the host.
bool read_bool(backends::Backend& backend, char* data, const Stream& stream) {
  backend.synchronize(stream);
  NDArray array(Buffer::wrap(data, 1, backend.device(), nullptr, false), DType::kBool, {}, {});
  return *backend.to_host(array).data<bool>();
}

// `if(%c) { then {...} else {...} }`, and `call` as a branch that is always taken.
class Branch final : public runtime::Control {
 public:
  Branch(const ir::Operation& op, const std::vector<const ir::Value*>& captured,
         const ControlContext& context)
      : backend_(*context.backend), operands_(op.num_operands()), captured_(captured.size()) {
    for (size_t i = 0; i < op.num_regions(); ++i) {
      regions_.emplace_back(op.region(i), captured, context, "branch");
    }
    note_results(op);
  }
  Branch(const ir::Operation& op, const ir::Function& callee, const ControlContext& context)
      : backend_(*context.backend), operands_(op.num_operands()), captured_(0) {
    regions_.emplace_back(callee.body(), std::vector<const ir::Value*>(), context, callee.name());
    for (size_t i = 0; i < op.num_operands(); ++i) {
      entry_.push_back(copy_kernel(backend_, context.spec(op.operand(i)),
                                   dense(callee.body().argument(i)->type())));
      entry_bytes_.push_back(align(bytes_of(dense(callee.body().argument(i)->type()))));
    }
    note_results(op);
  }

  int64_t scratch_bytes() const override {
    int64_t arena = 0, total = 0;
    for (const Inner& region : regions_) arena = std::max(arena, region.arena_bytes());
    for (int64_t bytes : entry_bytes_) total += bytes;
    for (int64_t bytes : result_bytes_) total += bytes;
    return arena + total;
  }

  void run(char* const* buffers, char* scratch, const Stream& stream) const override {
    bool second = entry_.empty() && !read_bool(backend_, buffers[0], stream);
    std::vector<char*> inputs, temporary;
    for (size_t i = 0; i < entry_.size(); ++i) {
      run_copy(entry_[i], buffers[i], scratch, stream);
      inputs.push_back(scratch);
      scratch += entry_bytes_[i];
    }
    inputs.insert(inputs.end(), buffers + operands_, buffers + operands_ + captured_);
    for (int64_t bytes : result_bytes_) {
      temporary.push_back(scratch);
      scratch += bytes;
    }
    regions_[second ? 1 : 0].run(scratch, inputs, temporary, stream);
    for (size_t i = 0; i < temporary.size(); ++i) {
      run_copy(exit_[second ? 1 : 0][i], temporary[i], buffers[operands_ + captured_ + i], stream);
    }
  }

 private:
  void note_results(const ir::Operation& op) {
    exit_.resize(regions_.size());
    for (size_t i = 0; i < op.num_results(); ++i) {
      Spec to = dense(op.result(i)->type());
      result_bytes_.push_back(align(bytes_of(to)));
      for (size_t r = 0; r < regions_.size(); ++r) {
        exit_[r].push_back(copy_kernel(backend_, regions_[r].result(i), to));
      }
    }
  }

  backends::Backend& backend_;
  size_t operands_, captured_;
  std::vector<Inner> regions_;
  std::vector<backends::KernelPtr> entry_;
  std::vector<std::vector<backends::KernelPtr>> exit_;  // by region and result
  std::vector<int64_t> entry_bytes_, result_bytes_;
};

// Carried values in two sets of buffers: an iteration reads one and writes the other.
class Carried {
 public:
  void add(backends::Backend& backend, const Spec& initial, const Spec& yielded,
           const Spec& result) {
    Spec inside{result.dtype, result.shape, row_major(result.shape), false};
    entry_.push_back(copy_kernel(backend, initial, inside));
    between_.push_back(yielded.strides == inside.strides ? nullptr
                                                         : copy_kernel(backend, yielded, inside));
    exit_.push_back(copy_kernel(backend, inside, result));
    bytes_.push_back(align(bytes_of(inside)));
  }
  size_t size() const { return bytes_.size(); }
  int64_t scratch_bytes() const {
    int64_t sum = 0;
    for (int64_t bytes : bytes_) sum += 2 * bytes;
    return sum;
  }

  struct State {
    std::vector<char*> now, next;
  };
  State begin(char* const* initial, char*& scratch, const Stream& stream) const {
    State state;
    for (size_t i = 0; i < size(); ++i) {
      state.now.push_back(scratch);
      state.next.push_back(scratch + bytes_[i]);
      scratch += 2 * bytes_[i];
      run_copy(entry_[i], initial[i], state.now[i], stream);
    }
    return state;
  }
  void advance(State& state, const Stream& stream) const {
    for (size_t i = 0; i < size(); ++i) {
      if (between_[i]) {
        run_copy(between_[i], state.next[i], state.now[i], stream);
      } else {
        std::swap(state.now[i], state.next[i]);
      }
    }
  }
  void end(const State& state, char* const* results, const Stream& stream) const {
    for (size_t i = 0; i < size(); ++i) run_copy(exit_[i], state.now[i], results[i], stream);
  }

 private:
  std::vector<backends::KernelPtr> entry_, between_, exit_;
  std::vector<int64_t> bytes_;
};

// `while(%a = %a0, ...) { cond {...} body {...} }`
class While final : public runtime::Control {
 public:
  While(const ir::Operation& op, const std::vector<const ir::Value*>& captured,
        const ControlContext& context)
      : backend_(*context.backend),
        condition_(op.region(0), captured, context, "cond"),
        body_(op.region(1), captured, context, "body"),
        captured_(captured.size()) {
    for (size_t i = 0; i < op.num_operands(); ++i) {
      carried_.add(backend_, context.spec(op.operand(i)), body_.result(i),
                   dense(op.result(i)->type()));
    }
  }

  int64_t scratch_bytes() const override {
    return carried_.scratch_bytes() + kAlign +
           std::max(condition_.arena_bytes(), body_.arena_bytes());
  }

  void run(char* const* buffers, char* scratch, const Stream& stream) const override {
    size_t n = carried_.size();
    Carried::State state = carried_.begin(buffers, scratch, stream);
    char* predicate = scratch;
    scratch += kAlign;
    std::vector<char*> inputs(n + captured_);
    std::copy(buffers + n, buffers + n + captured_, inputs.begin() + static_cast<long>(n));
    while (true) {
      std::copy(state.now.begin(), state.now.end(), inputs.begin());
      condition_.run(scratch, inputs, {predicate}, stream);
      if (!read_bool(backend_, predicate, stream)) break;
      body_.run(scratch, inputs, state.next, stream);
      carried_.advance(state, stream);
    }
    carried_.end(state, buffers + n + captured_, stream);
  }

 private:
  backends::Backend& backend_;
  Inner condition_, body_;
  size_t captured_;
  Carried carried_;
};

// `scan(%c = %c0, ..., %x in %xs, ...) { body {...} }`: carried values, then arrays that are read
// along their first axis; the body yields carried values, then one element of each stacked result.
class Scan final : public runtime::Control {
 public:
  Scan(const ir::Operation& op, const std::vector<const ir::Value*>& captured,
       const ControlContext& context)
      : body_(op.region(0), captured, context, "body"), captured_(captured.size()) {
    const auto& attributes = op.attributes().as<ir::ScanAttributes>();
    auto carries = static_cast<size_t>(attributes.carries);
    reverse_ = attributes.reverse;
    length_ = ir::scan_length(op).value();
    backends::Backend& backend = *context.backend;
    for (size_t i = 0; i < op.num_operands(); ++i) {
      const Spec& from = context.spec(op.operand(i));
      if (i < carries) {
        carried_.add(backend, from, body_.result(i), dense(op.result(i)->type()));
        continue;
      }
      Spec to = dense(op.operand(i)->type());
      to.strides = row_major(to.shape);
      reads_.push_back({copy_kernel(backend, from, to), align(bytes_of(to)), element_bytes(to)});
    }
    for (size_t i = carries; i < op.num_results(); ++i) {
      Spec to = dense(op.result(i)->type()), stacked = to, element = to;
      stacked.strides = row_major(to.shape);
      element.shape = Shape(to.shape.begin() + 1, to.shape.end());
      element.strides = row_major(element.shape);
      writes_.push_back({copy_kernel(backend, stacked, to),
                         copy_kernel(backend, body_.result(i), element), align(bytes_of(to)),
                         align(bytes_of(element)), element_bytes(to)});
    }
  }

  int64_t scratch_bytes() const override {
    int64_t sum = carried_.scratch_bytes() + body_.arena_bytes();
    for (const Read& read : reads_) sum += read.bytes;
    for (const Write& write : writes_) sum += write.bytes + write.temporary_bytes;
    return sum;
  }

  void run(char* const* buffers, char* scratch, const Stream& stream) const override {
    size_t n = carried_.size(), operands = n + reads_.size();
    Carried::State state = carried_.begin(buffers, scratch, stream);
    std::vector<char*> arrays, temporary, stacked;
    for (size_t i = 0; i < reads_.size(); ++i) {
      run_copy(reads_[i].entry, buffers[n + i], scratch, stream);
      arrays.push_back(scratch);
      scratch += reads_[i].bytes;
    }
    for (const Write& write : writes_) {
      stacked.push_back(scratch);
      temporary.push_back(scratch + write.bytes);
      scratch += write.bytes + write.temporary_bytes;
    }
    std::vector<char*> inputs(operands + captured_), outputs(n + writes_.size());
    std::copy(buffers + operands, buffers + operands + captured_,
              inputs.begin() + static_cast<long>(operands));
    for (int64_t i = 0; i < length_; ++i) {
      int64_t step = reverse_ ? length_ - 1 - i : i;
      std::copy(state.now.begin(), state.now.end(), inputs.begin());
      for (size_t k = 0; k < reads_.size(); ++k)
        inputs[n + k] = arrays[k] + step * reads_[k].stride;
      std::copy(state.next.begin(), state.next.end(), outputs.begin());
      std::copy(temporary.begin(), temporary.end(), outputs.begin() + static_cast<long>(n));
      body_.run(scratch, inputs, outputs, stream);
      for (size_t k = 0; k < writes_.size(); ++k) {
        run_copy(writes_[k].element, temporary[k], stacked[k] + step * writes_[k].stride, stream);
      }
      carried_.advance(state, stream);
    }
    char* const* results = buffers + operands + captured_;
    carried_.end(state, results, stream);
    for (size_t i = 0; i < writes_.size(); ++i) {
      run_copy(writes_[i].exit, stacked[i], results[n + i], stream);
    }
  }

 private:
  struct Read {
    backends::KernelPtr entry;
    int64_t bytes, stride;
  };
  struct Write {
    backends::KernelPtr exit, element;
    int64_t bytes, temporary_bytes, stride;
  };
  static int64_t element_bytes(const Spec& spec) {
    return spec.shape[0] == 0 ? 0 : bytes_of(spec) / spec.shape[0];
  }

  Inner body_;
  size_t captured_;
  int64_t length_ = 0;
  bool reverse_ = false;
  Carried carried_;
  std::vector<Read> reads_;
  std::vector<Write> writes_;
};

std::vector<const ir::Value*> captured_by(const ir::Operation& op) {
  std::vector<const ir::Value*> all;
  for (size_t i = 0; i < op.num_regions(); ++i) {
    for (const ir::Value* value : captures(op.region(i))) {
      if (std::find(all.begin(), all.end(), value) == all.end()) all.push_back(value);
    }
  }
  return all;
}

const ir::Function& callee(const ir::Operation& op, const ControlContext& context) {
  constexpr int kDeepest = 64;
  const std::string& name = op.attributes().as<ir::CallAttributes>().callee;
  const ir::Function* found = context.module ? context.module->find(name) : nullptr;
  if (!found) fail(Code::kValue, "[call] expects a function of the module, got \"{}\"", name);
  if (context.depth > kDeepest) {
    fail(Code::kCompile, "[call] expects calls at most {} deep; does {} call itself?", kDeepest,
         name);
  }
  return *found;
}

}  // namespace

PreparedControl make_control(const ir::Operation& op, const ControlContext& context) {
  if (op.is("call")) {
    return {std::make_shared<Branch>(op, callee(op, context), context), {}};
  }
  std::vector<const ir::Value*> captured = captured_by(op);
  if (op.is("if")) return {std::make_shared<Branch>(op, captured, context), captured};
  if (op.is("while")) return {std::make_shared<While>(op, captured, context), captured};
  if (op.is("scan")) return {std::make_shared<Scan>(op, captured, context), captured};
  fail_internal("no control flow is called {}", op.def().name);
}

}  // namespace mycel::compiler
