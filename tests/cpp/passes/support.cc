#include "tests/cpp/passes/support.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <unordered_map>

#include "mycel/ir/verify.h"
#include "mycel/ops/all.h"
#include "mycel/ops/creation.h"
#include "mycel/passes/rewrite.h"
#include "mycel/te/interpreter.h"

namespace mycel::passes {
namespace {

class DefineOps : public ::testing::Environment {
 public:
  void SetUp() override { ops::define_all(); }
};
const auto* const environment = ::testing::AddGlobalTestEnvironment(new DefineOps);

using Values = std::unordered_map<const ir::Value*, NDArray>;

NDArray random_array(const ir::Type& type, std::mt19937& generator) {
  NDArray array = NDArray::empty(type.dtype, to_shape(type.dims));
  std::uniform_real_distribution<double> uniform(0.25, 2);
  visit_dtype(type.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t i = 0; i < array.size(); ++i) {
      double value = uniform(generator);
      T& out = array.mutable_data<T>()[i];
      if constexpr (std::is_same_v<T, bool>)
        out = value > 1;
      else if constexpr (is_half_v<T>)
        out = T(static_cast<float>(value));
      else
        out = static_cast<T>(is_floating(type.dtype) ? value : value * 4);
    }
  });
  return array;
}

void evaluate_region(const ir::Region& region, Values& values) {
  for (const ir::Operation* op = region.first(); op; op = op->next()) {
    if (op->is("fusion")) {
      for (size_t i = 0; i < op->num_operands(); ++i) {
        values[op->region(0).argument(i)] = values.at(op->operand(i));
      }
      evaluate_region(op->region(0), values);
      for (size_t i = 0; i < op->num_results(); ++i) {
        values[op->result(i)] = values.at(op->region(0).results()[i]);
      }
      continue;
    }
    if (op->is("constant")) {
      values[op->result()] = op->attributes().as<Constant>().value;
      continue;
    }
    std::vector<NDArray> inputs, outputs;
    for (const ir::Value* operand : op->operands()) inputs.push_back(values.at(operand));
    for (const ir::Value* result : op->results()) {
      outputs.push_back(NDArray::empty(result->type().dtype, to_shape(result->type().dims)));
    }
    te::interpret(formula_of(*op), inputs, outputs);
    for (size_t i = 0; i < outputs.size(); ++i) values[op->result(i)] = outputs[i];
  }
}

double element(const NDArray& array, int64_t i) {
  return visit_dtype(array.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (is_half_v<T>)
      return static_cast<double>(static_cast<float>(array.data<T>()[i]));
    else
      return static_cast<double>(array.data<T>()[i]);
  });
}

}  // namespace

ir::Module parse(const std::string& text) { return ir::parse_module(text, "test.mir"); }

std::string run(const std::string& names, const std::string& text, const PassContext& context) {
  ir::Module module = parse(text);
  ir::Function& function = *module.functions()[0];
  size_t begin = 0;
  while (begin <= names.size()) {
    size_t end = std::min(names.find(',', begin), names.size());
    find(names.substr(begin, end - begin)).run(function, context);
    ir::verify(module);
    begin = end + 1;
  }
  return ir::print(module, {.locations = false});
}

std::vector<NDArray> evaluate(const ir::Function& function, unsigned seed) {
  std::mt19937 generator(seed);
  Values values;
  for (const ir::Value* argument : function.body().arguments()) {
    values[argument] = random_array(argument->type(), generator);
  }
  evaluate_region(function.body(), values);
  std::vector<NDArray> results;
  for (const ir::Value* result : function.body().results()) results.push_back(values.at(result));
  return results;
}

std::string run_and_compare(const std::string& names, const std::string& text,
                            const PassContext& context) {
  std::string after = run(names, text, context);
  ir::Module first = parse(text), second = parse(after);
  find("expand_composites").run(*first.functions()[0], {});  // only primitives have formulas
  std::vector<NDArray> a = evaluate(*first.functions()[0]), b = evaluate(*second.functions()[0]);
  EXPECT_EQ(a.size(), b.size());
  for (size_t r = 0; r < std::min(a.size(), b.size()); ++r) {
    EXPECT_EQ(a[r].dtype(), b[r].dtype());
    EXPECT_EQ(a[r].shape(), b[r].shape());
    for (int64_t i = 0; i < a[r].size(); ++i) {
      double x = element(a[r], i), y = element(b[r], i);
      bool same = x == y || (std::isnan(x) && std::isnan(y)) ||
                  std::fabs(x - y) <= 1e-5 * std::max(std::fabs(x), std::fabs(y));
      EXPECT_TRUE(same) << "result " << r << " element " << i << ": " << x << " and " << y << "\n"
                        << after;
      if (!same) return after;
    }
  }
  return after;
}

std::vector<ir::Candidate> FakeTarget::offers(const ir::Call& call) const {
  for (const std::string& name : offered_) {
    if (name == call.def->name) return {{"other", "is never available"}, {"kernel", ""}};
  }
  return {};
}

}  // namespace mycel::passes
