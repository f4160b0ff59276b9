// Tells payloads apart that a trace gets from outside.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// Whether two payloads are one value of a trace, or the same elements of one buffer.
bool is_same(const Payload& one, const Payload& other);
// Equal for the same payloads, and hardly ever for others.
size_t hash_of(const Payload& payload);

}  // namespace mycel
