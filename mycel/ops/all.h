// Defines every operation of Mycel.
#pragma once

namespace mycel::ops {

// Fills the registry, once. Thread-safe.
void define_all();

}  // namespace mycel::ops
