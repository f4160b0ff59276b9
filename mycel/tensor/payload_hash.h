// Identity and hash of payloads, for the inputs that a trace gets from outside.
#pragma once

#include "mycel/tensor/tensor.h"

namespace mycel {

// Whether two payloads are the same value of a trace, or the same elements of one buffer.
bool is_same(const Payload& one, const Payload& other);
// Equal for the same payloads, rarely for others.
size_t hash_of(const Payload& payload);

}  // namespace mycel
