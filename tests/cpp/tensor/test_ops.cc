#include "tests/cpp/tensor/test_ops.h"

#include <gtest/gtest.h>

#include "mycel/te/functions.h"
#include "tests/cpp/support/interpreter_engine.h"

namespace mycel {
namespace {

void define_test_ops() {
  define<TAdd>("t_add", "x + y.")
      .input("x", "any shape", numeric)
      .input("y", "any shape", numeric)
      .elementwise([](te::Expr x, te::Expr y) { return x + y; })
      .vjp([](const Vjp& v, const TAdd&) { return v.cotangent(); },
           [](const Vjp& v, const TAdd&) { return v.cotangent(); });
  define<TScale>("t_scale", "x * by.")
      .input("x", "any shape", floating)
      .attribute(&TScale::by, "by", "the factor")
      .formula([](te::Formula& f, const ir::Call& call, const TScale& a) {
        te::Operand x = f.input(0);
        std::vector<te::Axis> axes = te::Formula::axes(call.type(0).dims);
        f.output(x.dtype(), axes, x.at(axes) * te::constant(x.dtype(), a.by));
      })
      .vjp([](const Vjp& v, const TScale& a) { return t_scale(v.cotangent(), a.by); });
  define<TTwice>("t_twice", "x + x, some times over.")
      .input("x", "any shape", numeric)
      .attribute(&TTwice::times, "times", "how often")
      .body(
          [](const Tensor& x, int64_t times) {
            Tensor y = x;
            for (int64_t i = 0; i < times; ++i) y = t_add(y, y);
            return y;
          },
          &TTwice::times);
  define<TRow>("t_row", "x[index], a view.")
      .input("x", "two dims")
      .attribute(&TRow::index, "index", "which row")
      .infer([](const ir::Call& call, const TRow&) {
        return ir::Type::tensor(call.type(0).dtype, {call.type(0).dim(1)});
      })
      .formula([](te::Formula& f, const ir::Call& call, const TRow& a) {
        std::vector<te::Axis> axes = te::Formula::axes({call.type(0).dim(1)});
        f.output(call.type(0).dtype, axes,
                 f.input(0).at({te::constant(DType::kInt64, static_cast<double>(a.index)),
                                te::indices(axes)[0]}));
      })
      .view([](const TRow& a, const Dims&, const NDArray& in, NDArray& view) {
        view = in.view({in.shape()[1]}, {in.strides()[1]}, in.offset() + a.index * in.strides()[0]);
        return true;
      })
      .put([](const Tensor& base, const Tensor& values, const TRow& a) {
        return call(TRowPut{a.index}, base, values);
      })
      .vjp([](const Vjp& v, const TRow& a) {
        Tensor zeros = tensor(std::vector<float>(4, 0), v.input().shape());
        return call(TRowPut{a.index}, zeros, v.cotangent());
      });
  define<TRowPut>("t_row_put", "x with a row replaced.")
      .input("x", "two dims")
      .input("values", "one dim")
      .attribute(&TRowPut::index, "index", "which row")
      .expects([](const ir::Call& call, const TRowPut&) {
        if (call.type(0).rank() == 2 && call.type(1).rank() == 1) return;
        call.fail(Code::kValue, "expects a matrix and a row, got {} and {}", call.type(0),
                  call.type(1));
      })
      .formula([](te::Formula& f, const ir::Call& call, const TRowPut& a) {
        std::vector<te::Axis> axes = te::Formula::axes(call.type(0).dims);
        te::Expr row = te::constant(DType::kInt64, static_cast<double>(a.index));
        f.output(call.type(0).dtype, axes,
                 te::select(te::is_equal(te::index(axes[0]), row),
                            f.input(1).at({te::index(axes[1])}), f.input(0).at(axes)));
      });
  define<TSame>("t_same", "All of x, a view.")
      .input("x", "any shape")
      .infer([](const ir::Call& call, const TSame&) { return call.type(0); })
      .formula([](te::Formula& f, const ir::Call& call, const TSame&) {
        std::vector<te::Axis> axes = te::Formula::axes(call.type(0).dims);
        f.output(call.type(0).dtype, axes, f.input(0).at(axes));
      })
      .view([](const TSame&, const Dims&, const NDArray& in, NDArray& view) {
        view = in;
        return true;
      })
      .put([](const Tensor&, const Tensor& values, const TSame&) { return values; })
      .vjp([](const Vjp& v, const TSame&) { return v.cotangent(); });
  define<TNote>("t_note", "x, with a note.")
      .input("x", "any shape")
      .attribute(&TNote::text, "text", "what is noted")
      .elementwise([](te::Expr x) { return x; });
  define_function<TApart>("t_apart", "Never in the IR.")
      .input("x", "any shape")
      .body([](const Tensor& x, const TApart&) { return t_add(x, x); });
}

class Setup : public ::testing::Environment {
 public:
  void SetUp() override {
    define_test_ops();
    static InterpreterEngine engine;
    set_default_engine(&engine);
  }
};
const auto* const environment = ::testing::AddGlobalTestEnvironment(new Setup);

}  // namespace

Tensor t_add(const Tensor& x, const Tensor& y) { return call(TAdd{}, x, y); }
Tensor t_scale(const Tensor& x, double by) { return call(TScale{by}, x); }
Tensor t_twice(const Tensor& x, int64_t times) { return call(TTwice{times}, x); }
Tensor t_same(const Tensor& x) { return call(TSame{}, x); }
Tensor t_row(const Tensor& x, int64_t index) { return call(TRow{index}, x); }

}  // namespace mycel
