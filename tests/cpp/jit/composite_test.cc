// Composites whose bodies make or use concrete tensors: they become constants of the program.
#include <gtest/gtest.h>

#include "mycel/define/define.h"
#include "mycel/jit/jit.h"
#include "tests/cpp/support/initialized.h"

namespace mycel {
namespace {

struct TTable {};
struct TWriter {};

Tensor& outside() {
  static Tensor tensor;
  return tensor;
}

void define_composites() {
  static bool defined = false;
  if (std::exchange(defined, true)) return;
  outside() = vector_of({10, 20});
  define<TTable>("t_table", "x * (1, 2) + (10, 20).")
      .input("x", "any shape", floating)
      .body([](const Tensor& x, const TTable&) { return x * vector_of({1, 2}) + outside(); });
  define<TWriter>("t_writer", "x, and a write that a body must not do.")
      .input("x", "any shape", floating)
      .body([](const Tensor& x, const TWriter&) {
        outside().assign(x);
        return x * 1.0;
      });
}

TEST(Composite, AConcreteTensorOfItsBodyIsAConstantOfTheProgram) {
  define_composites();
  auto f = jit([](Tensor x) { return call(TTable{}, x) + call(TTable{}, x * 2.0); });
  EXPECT_EQ(values_of(f(vector_of({3, 4}))), (Values{3 + 6 + 20, 8 + 16 + 40}));
  EXPECT_EQ(values_of(f(vector_of({0, 1}))), (Values{20, 2 + 4 + 40}));
  EXPECT_EQ(f.cache().compilations(), 1);
  EXPECT_TRUE(contains(f.cache().info().traced, "t_table"));
  std::string head = f.cache().info().optimized;
  head = head.substr(0, head.find('\n'));
  EXPECT_EQ(head.find(','), head.npos) << head;  // one argument
}

TEST(Composite, AWriteInItsBodyIsAnErrorOfItsDefinition) {
  define_composites();
  auto f = jit([](Tensor x) { return call(TWriter{}, x); });
  EXPECT_TRUE(contains(error_of([&] { f(vector_of({3, 4})); }),
                       "the body of t_writer writes to a tensor from outside"));
}

}  // namespace
}  // namespace mycel
