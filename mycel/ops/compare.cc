#include "mycel/ops/compare.h"

#include "mycel/define/define.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/op_rules.h"

namespace mycel {
namespace {

struct Equal {};
struct NotEqual {};
struct Less {};
struct LessEqual {};
struct Greater {};
struct GreaterEqual {};
struct LogicalAnd {};
struct LogicalOr {};
struct LogicalNot {};

// Comparisons of bools are those of 0 and 1.
template <te::Fn F>
te::Expr compare(te::Expr x, te::Expr y) {
  if (x->dtype != DType::kBool) return te::call(F, {std::move(x), std::move(y)});
  return te::call(F,
                  {te::cast(std::move(x), DType::kUInt8), te::cast(std::move(y), DType::kUInt8)});
}

template <class A>
Definition<A> comparison(std::string_view name, std::string doc,
                         te::Expr (*element)(te::Expr, te::Expr),
                         Relation relation = Relation::kOrder) {
  Definition<A> definition = define<A>(name, std::move(doc));
  definition.input("input", "any shape")
      .promotes()
      .input("other", "a shape that broadcasts with input's")
      .promotes()
      .elementwise(element)
      .result_dtype(DType::kBool)
      .method()
      .samples({{{any(3, 5), any(3, 5)}},
                {{any(2, 3, 4), any(3, 1)}},
                {{any(), any(17)}},
                {{any(2, 0), any(1, 1)}}});
  rules(definition.op()).call.relation = relation;
  return definition;
}

void define_comparisons() {
  comparison<Equal>("equal", "Whether input == other, element by element.", compare<te::Fn::kEqual>)
      .alias("eq")
      .example(">>> mc.eq(mc.tensor([1, 2]), 2)\ntensor([False,  True])");
  comparison<NotEqual>("not_equal", "Whether input != other; true if one is NaN.",
                       compare<te::Fn::kNotEqual>)
      .alias("ne")
      .example(">>> mc.not_equal(mc.tensor([1, 2]), 2)\ntensor([ True, False])");
  comparison<Less>("less", "Whether input < other.", compare<te::Fn::kLess>)
      .alias("lt")
      .example(">>> mc.less(mc.tensor([1, 2]), 2)\ntensor([ True, False])");
  comparison<LessEqual>("less_equal", "Whether input <= other.", compare<te::Fn::kLessEqual>)
      .alias("le")
      .example(">>> mc.less_equal(mc.tensor([1, 3]), 2)\ntensor([ True, False])");
  comparison<Greater>("greater", "Whether input > other.", compare<te::Fn::kGreater>)
      .alias("gt")
      .example(">>> mc.greater(mc.tensor([1, 3]), 2)\ntensor([False,  True])");
  comparison<GreaterEqual>("greater_equal", "Whether input >= other.",
                           compare<te::Fn::kGreaterEqual>)
      .alias("ge")
      .example(">>> mc.greater_equal(mc.tensor([1, 2]), 2)\ntensor([False,  True])");
}

void define_logic() {
  comparison<LogicalAnd>(
      "logical_and", "Whether both are true; numbers are true unless 0.",
      [](te::Expr x, te::Expr y) {
        return te::logical_and(te_truth(std::move(x)), te_truth(std::move(y)));
      },
      Relation::kTruth)
      .example(">>> mc.logical_and(mc.tensor([0, 1]), mc.tensor([1, 1]))\ntensor([False,  True])");
  comparison<LogicalOr>(
      "logical_or", "Whether one is true; numbers are true unless 0.",
      [](te::Expr x, te::Expr y) {
        return te::logical_or(te_truth(std::move(x)), te_truth(std::move(y)));
      },
      Relation::kTruth)
      .example(">>> mc.logical_or(mc.tensor([0, 0]), mc.tensor([0, 1]))\ntensor([False,  True])");
  define<LogicalNot>("logical_not", "Whether each element is false, that is 0.")
      .input("input", "any shape")
      .elementwise([](te::Expr x) { return te::logical_not(te_truth(std::move(x))); })
      .result_dtype(DType::kBool)
      .method()
      .example(">>> mc.logical_not(mc.tensor([0, 2]))\ntensor([ True, False])")
      .samples({{{any(3, 5)}}, {{any()}}, {{any(2, 0)}}});
}

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) { return call(Equal{}, a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return call(NotEqual{}, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return call(Less{}, a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return call(LessEqual{}, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return call(Greater{}, a, b); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return call(GreaterEqual{}, a, b); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return call(LogicalAnd{}, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return call(LogicalOr{}, a, b); }
Tensor logical_not(const Tensor& x) { return call(LogicalNot{}, x); }

void define_compare() {
  define_comparisons();
  define_logic();
}

}  // namespace mycel
