// What layers, optimisers and other code above the compiler may use.
#pragma once

#include "mycel/autodiff/backward.h"
#include "mycel/compiler/init.h"
#include "mycel/compiler/jit.h"
#include "mycel/ops/all.h"
#include "mycel/ops/operators.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/tensor.h"
