#include "mycel/data/strokes.h"

#include <array>
#include <cmath>
#include <numbers>

namespace mycel::data {
namespace {

// Part of an ellipse, from one angle to another in degrees (0 is right, 90 is down).
Stroke arc(Point center, float rx, float ry, float from, float to) {
  constexpr int kSteps = 12;
  Stroke stroke;
  for (int i = 0; i <= kSteps; ++i) {
    float degrees = from + (to - from) * static_cast<float>(i) / kSteps;
    float angle = degrees * std::numbers::pi_v<float> / 180;
    stroke.push_back({center.x + rx * std::cos(angle), center.y + ry * std::sin(angle)});
  }
  return stroke;
}

Stroke joined(Stroke first, const Stroke& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::array<std::vector<Stroke>, 10> all_digits() {
  return {{
      {arc({0.5f, 0.5f}, 0.27f, 0.4f, -90, 270)},
      {{{0.36f, 0.26f}, {0.54f, 0.1f}, {0.54f, 0.9f}}},
      {joined(arc({0.5f, 0.32f}, 0.25f, 0.22f, 190, 390), {{0.25f, 0.9f}, {0.78f, 0.9f}})},
      {arc({0.48f, 0.3f}, 0.23f, 0.2f, 200, 450), arc({0.48f, 0.7f}, 0.27f, 0.2f, -90, 160)},
      {{{0.62f, 0.1f}, {0.22f, 0.62f}, {0.82f, 0.62f}}, {{0.62f, 0.4f}, {0.62f, 0.9f}}},
      {joined({{0.75f, 0.1f}, {0.33f, 0.1f}, {0.3f, 0.46f}},
              arc({0.48f, 0.65f}, 0.27f, 0.25f, -120, 150))},
      {joined({{0.66f, 0.1f}, {0.4f, 0.3f}, {0.26f, 0.6f}},
              arc({0.5f, 0.67f}, 0.24f, 0.23f, 180, 540))},
      {{{0.22f, 0.1f}, {0.78f, 0.1f}, {0.42f, 0.9f}}},
      {arc({0.5f, 0.3f}, 0.21f, 0.2f, 90, 450), arc({0.5f, 0.7f}, 0.26f, 0.2f, -90, 270)},
      {joined(arc({0.5f, 0.33f}, 0.24f, 0.23f, 0, 360), {{0.72f, 0.55f}, {0.6f, 0.9f}})},
  }};
}

}  // namespace

const std::vector<Stroke>& strokes(int digit) {
  static const std::array<std::vector<Stroke>, 10> digits = all_digits();
  return digits[static_cast<size_t>(digit)];
}

}  // namespace mycel::data
