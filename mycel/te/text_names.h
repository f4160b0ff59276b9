// TextNames: the names in a printed formula: inputs a to h, a1, ..., axes i to s, i1, ..., parts
// t0, t1, ... They never equal the name of a dtype or a symbol of a size.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "mycel/te/expr.h"

namespace mycel::te {

class TextNames {
 public:
  TextNames();
  // Reserves the symbols of `dim`. Call it before the first name is made.
  void avoid(Dim dim);

  std::string input(int number) const;
  // Names the axis, unless it has a name.
  void add_axis(const Axis& axis);
  std::string axis(const Axis& axis) const { return axes_.at(axis.id); }
  std::string next_part();

 private:
  std::unordered_set<int64_t> avoided_dims_;
  std::unordered_set<std::string> avoided_;
  std::unordered_map<int64_t, std::string> axes_;
  size_t next_axis_ = 0, next_part_ = 0;
};

}  // namespace mycel::te
