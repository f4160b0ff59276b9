// Every layer.
#pragma once

#include "mycel/nn/conv.h"
#include "mycel/nn/embedding.h"
#include "mycel/nn/linear.h"
#include "mycel/nn/norm.h"
#include "mycel/nn/pool.h"
#include "mycel/nn/sequential.h"
