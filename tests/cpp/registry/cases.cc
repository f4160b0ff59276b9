#include "tests/cpp/registry/cases.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "mycel/jit/jit.h"
#include "mycel/startup/register_all.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/context.h"

namespace mycel {
namespace {

class Setup : public ::testing::Environment {
 public:
  void SetUp() override {
    // No cache on disk: this run must compile its code, not load that of an earlier run.
    setenv("MYCEL_CACHE", "", 1);
    initialize();
  }
};
const auto* const environment = ::testing::AddGlobalTestEnvironment(new Setup);

const ir::OperandSpec& spec_of(const ir::OpDef& op, size_t i) {
  return op.operands[std::min(i, op.operands.size() - 1)];
}

}  // namespace

std::vector<const ir::OpDef*> operations() {
  std::vector<const ir::OpDef*> all;
  const ir::Registry& registry = ir::Registry::get();
  for (size_t i = 0; i < registry.size(); ++i) {
    const ir::OpDef& op = registry.at(static_cast<ir::OpId>(i));
    if (op.kind != ir::OpKind::kStructured) all.push_back(&op);
  }
  return all;
}

std::vector<const ir::OpDef*> definitions() {
  std::vector<const ir::OpDef*> all = operations();
  for (const ir::OpDef* function : user_functions()) all.push_back(function);
  return all;
}

std::string Case::name() const {
  return fmt::format("{}{}[{}] {}", op->name, op->id < 0 ? "()" : "", number, short_name(dtype));
}

std::vector<NDArray> Case::arrays() const {
  SampleGenerator generator(number + 1);
  std::vector<NDArray> arrays;
  for (const SampleInput& input : sample->inputs) {
    arrays.push_back(input.absent ? NDArray() : sample_array(input, dtype, generator));
  }
  return arrays;
}

ir::Types Case::operand_types() const {
  ir::Types types;
  for (const SampleInput& input : sample->inputs) {
    types.push_back(input.absent
                        ? ir::Type()
                        : ir::Type::tensor(input.dtype.value_or(dtype), to_dims(input.shape)));
  }
  return types;
}

ir::Types Case::result_types() const {
  ir::Types operands = operand_types(), results;
  ir::infer_types({op, operands.data(), operands.size(), &attributes}, results);
  return results;
}

std::vector<DType> swept_dtypes(const ir::OpDef& op, const Sample& sample) {
  bool swept = false;
  std::vector<DType> taken;
  for (int k = 0; k < kNumDTypes; ++k) {
    auto dtype = static_cast<DType>(k);
    bool fits = true;
    for (size_t i = 0; i < sample.inputs.size(); ++i) {
      if (sample.inputs[i].dtype || sample.inputs[i].absent) continue;
      swept = true;
      fits = fits && ir::contains(spec_of(op, i).dtypes, dtype) &&
             ir::contains(sample.inputs[i].sweep, dtype);
    }
    if (fits) taken.push_back(dtype);
  }
  return swept ? taken : std::vector<DType>{DType::kFloat64};
}

namespace {

ir::Attributes counted_from_front(const ir::OpDef& op, const Sample& sample) {
  auto rank_of = [&](size_t i) { return sample.inputs[i].shape.size(); };
  size_t rank = ir::rank_of_first(op, sample.inputs.size(), rank_of);
  return ir::count_dims_from_front(op, rank, sample.attributes);
}

}  // namespace

void for_each_case(const std::vector<const ir::OpDef*>& ops,
                   const std::function<bool(DType)>& chosen,
                   const std::function<void(const Case&)>& visit) {
  for (const ir::OpDef* op : ops) {
    const std::vector<Sample>& samples = rules(*op).samples;
    for (size_t i = 0; i < samples.size(); ++i) {
      for (DType dtype : swept_dtypes(*op, samples[i])) {
        if (!chosen(dtype)) continue;
        Case c{op, i, &samples[i], dtype, counted_from_front(*op, samples[i])};
        SCOPED_TRACE(c.name());
        try {
          visit(c);
        } catch (const Error& error) {
          ADD_FAILURE() << error.what();
        }
      }
    }
  }
}

Tensors to_tensors(const std::vector<NDArray>& arrays) {
  Tensors tensors;
  for (const NDArray& array : arrays) {
    tensors.push_back(array.defined() ? Tensor(array) : Tensor());
  }
  return tensors;
}

Tensors run(const Case& c, const Tensors& inputs) {
  return apply(*c.op, inputs, c.sample->attributes);
}

Tensors run_jitted(const Case& c, const Tensors& inputs) {
  Tensors present;
  for (const Tensor& input : inputs) {
    if (input.defined()) present.push_back(input);
  }
  JitCache cache(c.op->name, [&](const Tensors& arguments) {
    Tensors all;
    size_t next = 0;
    for (const Tensor& input : inputs) {
      all.push_back(input.defined() ? arguments[next++] : Tensor());
    }
    return run(c, all);
  });
  return cache.call(present);
}

std::vector<NDArray> host_arrays(const Tensors& tensors) {
  std::vector<NDArray> arrays;
  for (const Tensor& tensor : tensors) {
    arrays.push_back(contiguous(context().engine->to_host(tensor.array())));
  }
  return arrays;
}

}  // namespace mycel
