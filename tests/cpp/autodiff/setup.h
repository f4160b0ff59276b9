// Setup for tests of gradients: registers every operation, interpreted.
#pragma once

#include "mycel/ops/operators.h"
#include "tests/cpp/support/tensors.h"
