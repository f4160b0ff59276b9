// Every operation, interpreted.
#pragma once

#include "mycel/ops/operators.h"
#include "tests/cpp/support/tensors.h"
