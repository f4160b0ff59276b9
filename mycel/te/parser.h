// Parser of the text of formulas, which te::to_string prints.
//
//   computation := "(" [name ":" type, ...] ")" "->" statement ";" ...   or "()" without results
//   type        := dtype "[" [size, ...] "]"
//   statement   := dtype "[" [binding, ...] "]" "=" value                a result
//                | name "=" value                                        a shared subexpression
//   binding     := axis "<" size
//   value       := value op value | function "(" value, ... ")" | "(" value ")"
//                | input "[" [value, ...] ["if" value] "]"
//                | reducer "(" binding, ... ")" "{" value [, value] "}" [".value" | ".index"]
//                | reducer "(" axis "<=" value "," binding ")" "{" value "}"      a scan
//                | "extent" "(" size ")" | axis | name | number [":" dtype] | "true" | "false"
//   function    := exp, max, ... | dtype | "bits_as_" dtype | "data"
//
//   (a: f32[m, k], b: f32[k, n]) -> f32[i < m, j < n] = sum(l < k){a[i, l] * b[l, j]}
//
// - A name stands for one axis in the whole text: where it is bound again, it has the same extent.
//   A shared subexpression may use an axis that is bound further on, but not one that is bound
//   nowhere.
// - A number (core/number_text.h) is rounded to its dtype; too large a one is an error. Without a
//   dtype it is i64, or f32 if it is not an integer ("1.0", "inf", "nan").
// - data(x) marks a value that stands for a load (Node::from_data).
// - Sizes are the text of Dim; "//" begins a comment; blanks and line breaks only separate.
//
// Parsing the text of a computation gives an equal one, and printing that gives the text.
#pragma once

#include <string_view>

#include "mycel/te/computation.h"

namespace mycel::te {

// Raises ValueError "file:line:column: expects ..., got ...". Does not recurse, however deeply the
// text is nested.
Computation parse_computation(std::string_view text, std::string_view file_name = "<text>");

}  // namespace mycel::te
