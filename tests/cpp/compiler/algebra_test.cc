// Checks that every algebra rule keeps every bit: runs the operations before and after it.
#include "mycel/passes/algebra_rules.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>

#include "mycel/core/narrow.h"
#include "mycel/ir/text.h"
#include "mycel/ops/creation.h"
#include "mycel/passes/passes.h"
#include "mycel/tensor/apply.h"
#include "tests/cpp/support/initialized.h"

namespace mycel {
namespace {

using passes::Term;

constexpr int64_t kSide = 17;  // tensors are [kSide, kSide, 1]: all pairs of special values

template <class T>
std::vector<T> special_values() {
  if constexpr (std::is_same_v<T, bool>) {
    return {false, true};
  } else if constexpr (std::is_integral_v<T>) {
    constexpr T kMin = std::numeric_limits<T>::min(), kMax = std::numeric_limits<T>::max();
    return {0, 1, T(-1), 2, T(-2), 3, 7, kMin, kMax, T(kMin + 1), T(kMax - 1)};
  } else {
    using Limits = std::numeric_limits<std::conditional_t<is_half_v<T>, float, T>>;
    bool f16 = std::is_same_v<T, Float16>;
    double tiny = f16 ? 0x1p-24 : std::is_same_v<T, BFloat16> ? 0x1p-133 : Limits::denorm_min();
    double least = f16 ? 0x1p-14 : Limits::min();
    double most = f16 ? 65504 : std::is_same_v<T, BFloat16> ? 0x1.fep127 : Limits::max();
    double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    std::vector<double> values{0,   -0.0, 1,     -1,    2,        -3,   0.1,   infinity, -infinity,
                               nan, tiny, -tiny, least, 5 * tiny, most, -most, 1.7};
    std::vector<T> out;
    for (double value : values) out.push_back(convert_number<T>(value));
    return out;
  }
}

// Special values along one of the two sides, or along both at once.
NDArray special_array(DType dtype, size_t position) {
  NDArray array = NDArray::empty(dtype, {kSide, kSide, 1});
  visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<T> values = special_values<T>();
    for (int64_t i = 0; i < kSide * kSide; ++i) {
      int64_t row = i / kSide, column = i % kSide;
      int64_t at = position == 0 ? row : position == 1 ? column : row + 2 * column;
      array.mutable_data<T>()[i] = values[static_cast<size_t>(at) % values.size()];
    }
  });
  return array;
}

// Enumerates all combinations of a sequence of choices.
class Choices {
 public:
  size_t next(size_t count) {
    if (at_ == made_.size()) made_.push_back({0, count});
    return made_[at_++].first;
  }
  bool advance() {
    at_ = 0;
    while (!made_.empty() && ++made_.back().first == made_.back().second) made_.pop_back();
    return !made_.empty();
  }

 private:
  std::vector<std::pair<size_t, size_t>> made_;
  size_t at_ = 0;
};

// A program of a rule's pattern with some dtypes and attributes.
class Program {
 public:
  Program(DType dtype, bool computes, Choices& choices)
      : function(std::make_unique<ir::Function>("f")),
        dtype_(dtype),
        computes_(computes),
        choices_(choices) {}

  void build(const Term& term) { function->body().set_results({value(term, dtype_)}); }

  std::unique_ptr<ir::Function> function;

 private:
  // Operands have one dtype, but conditions are bools.
  ir::Value* value(const Term& term, DType dtype) {
    if (term.kind == Term::Kind::kNumber) return number(term.number, dtype);
    if (term.kind == Term::Kind::kVariable) return variable(term.variable, dtype);
    std::vector<ir::Value*> operands;
    for (size_t i = 0; i < term.operands.size(); ++i) {
      bool condition = term.op->name == "where" && i == 0;
      operands.push_back(value(term.operands[i], condition ? DType::kBool : dtype));
    }
    return function->create(function->body(), *term.op, operands, attributes(*term.op))->result();
  }

  ir::Value* number(const ir::Scalar& number, DType dtype) {
    Full full{{}, number, dtype};
    const ir::OpDef& def = *OpOf<Full>::def;
    ir::Attributes attributes = ir::Attributes::borrow(def.attributes, &full).own();
    return function->create(function->body(), def, {}, attributes)->result();
  }

  // A rule that computes with a number calls it "c".
  ir::Value* variable(char name, DType dtype) {
    ir::Value*& known = variables_[name];
    if (known) return known;
    if (computes_ && name == 'c') {
      constexpr double kNumbers[] = {2, -4, 0.5, 1, -1, 3, 1024, 0x1p-10};
      return known = number(kNumbers[choices_.next(std::size(kNumbers))], dtype);
    }
    return known = function->body().add_argument(ir::Type::tensor(dtype, {kSide, kSide, 1}));
  }

  ir::Attributes attributes(const ir::OpDef& def) {
    if (def.attributes.fields.empty()) return {};
    ir::Attributes own = ir::Attributes::defaults(def.attributes);
    if (def.name == "cast") {
      constexpr DType kTo[] = {DType::kBool,    DType::kInt8,     DType::kInt64,   DType::kUInt64,
                               DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64};
      return own.with("dtype", kTo[choices_.next(std::size(kTo))]);
    }
    if (def.name == "reshape" || def.name == "expand") {
      Dims same{kSide, kSide, 1}, flat{kSide * kSide}, wide{2, kSide, kSide, 1};
      size_t other = choices_.next(2);
      return own.with("shape", other == 0 ? same : def.name == "expand" ? wide : flat);
    }
    if (def.name == "permute") {
      const Ints orders[] = {{0, 1, 2}, {1, 0, 2}, {2, 0, 1}};
      return own.with("dims", orders[choices_.next(3)]);
    }
    return own.with("dim", Ints{2});
  }

  DType dtype_;
  bool computes_;
  Choices& choices_;
  std::map<char, ir::Value*> variables_;
};

Tensor run(const ir::Function& function) {
  std::map<const ir::Value*, Tensor> values;
  const auto& arguments = function.body().arguments();
  for (size_t i = 0; i < arguments.size(); ++i) {
    values[arguments[i]] = Tensor(special_array(arguments[i]->type().dtype, i));
  }
  for (const ir::Operation* op = function.body().first(); op; op = op->next()) {
    Tensors operands;
    for (const ir::Value* operand : op->operands()) operands.push_back(values.at(operand));
    values[op->result()] = apply(op->def(), operands, op->attributes())[0];
  }
  return values.at(function.body().results()[0]);
}

template <class T>
auto bits_of(T number) {
  return std::bit_cast<std::array<std::byte, sizeof(T)>>(number);
}

// Expects equal bits; one NaN is as good as another.
void expect_same(const NDArray& a, const NDArray& b, const std::string& program) {
  ASSERT_EQ(a.dtype(), b.dtype()) << program;
  ASSERT_EQ(a.shape(), b.shape()) << program;
  NDArray x = contiguous(a), y = contiguous(b);
  visit_dtype(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t i = 0; i < x.size(); ++i) {
      T u = x.data<T>()[i], v = y.data<T>()[i];
      auto p = static_cast<ComputeType<T>>(u), q = static_cast<ComputeType<T>>(v);
      bool same = bits_of(u) == bits_of(v) || (p != p && q != q);
      ASSERT_TRUE(same) << +p << " became " << +q << " at " << i << " in\n" << program;
    }
  });
}

// Returns whether some rule changed the program; false if an operation does not take its dtypes.
bool check(Program& program, const Term& term) {
  try {
    program.build(term);
  } catch (const Error&) {
    return false;
  }
  std::string before = ir::print(*program.function);
  Tensor expected = run(*program.function);
  passes::find("simplify_algebra").run(*program.function, {});
  if (ir::print(*program.function) == before) return false;
  expect_same(expected.array(), run(*program.function).array(), before);
  return true;
}

TEST(AlgebraRules, KeepEveryBit) {
  GradMode no_grad(false);
  for (const passes::AlgebraRule& rule : passes::algebra_rules()) {
    SCOPED_TRACE(rule.match);
    Term term = passes::parse_term(rule.match);
    int applied = 0;
    for (int i = 0; i < kNumDTypes; ++i) {
      Choices choices;
      do {
        Program program(static_cast<DType>(i), rule.number != nullptr, choices);
        applied += check(program, term);
        if (HasFatalFailure()) return;
      } while (choices.advance());
    }
    EXPECT_GT(applied, 0) << rule.match << " is never applied";
  }
}

}  // namespace
}  // namespace mycel
