// Operations for these tests only; formulas are interpreted.
#pragma once

#include "mycel/define/define.h"
#include "tests/cpp/support/tensors.h"

namespace mycel {

struct TAdd {};
struct TScale {
  double by = 2;
};
struct TTwice {
  int64_t times = 1;
};
struct TRow {
  int64_t index = 0;
};
struct TRowPut {
  int64_t index = 0;
};
struct TSame {};
struct TApart {};
struct TNote {
  std::string text;
};

// x + y; x * by; a body: x + x, `times` over; a view: one row; a function that only composes.
Tensor t_add(const Tensor& x, const Tensor& y);
Tensor t_scale(const Tensor& x, double by);
Tensor t_twice(const Tensor& x, int64_t times);
// All of x, a view.
Tensor t_same(const Tensor& x);
Tensor t_row(const Tensor& x, int64_t index);

}  // namespace mycel
