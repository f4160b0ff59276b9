// The strokes of each digit: curves in a unit square, x to the right and y down.
#pragma once

#include <vector>

namespace mycel::data {

struct Point {
  float x, y;
};
// A polyline through its points.
using Stroke = std::vector<Point>;

// The strokes of a digit from 0 to 9.
const std::vector<Stroke>& strokes(int digit);

}  // namespace mycel::data
