// The whole C++ API: `#include <mycel/mycel.h>`, namespace mycel.
#pragma once

#include "mycel/api.h"
#include "mycel/data/array_dataset.h"
#include "mycel/data/data_loader.h"
#include "mycel/data/mnist.h"
#include "mycel/data/synthetic_digits.h"
#include "mycel/data/tensors.h"
#include "mycel/io/tensors.h"
#include "mycel/nn/all.h"
#include "mycel/optim/all.h"

namespace mycel::internal {

// Initialises at start-up: a program may call any operation first.
inline const bool initialized = (initialize(), true);

}  // namespace mycel::internal
