// The levels of nested differentiation: each has variables of its own.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// The value of `x` as a variable of a new differentiation: another object, whose gradient can be
// asked for, and which is still connected to what `x` came from (for an outer differentiation). It
// is no leaf: it may be written to, and has no `.grad`.
Tensor as_variable(const Tensor& x);

// The function that a variable was made for has returned.
void close_variable(const Tensor& variable);

// Whether somebody else may differentiate `value`: it depends on a leaf, or on an open variable.
bool depends_on_open(const Tensor& value);

}  // namespace mycel
