#include "mycel/data/synthetic_digits.h"

#include <algorithm>
#include <cmath>

#include "mycel/data/digits.h"
#include "mycel/data/random.h"
#include "mycel/data/strokes.h"

namespace mycel::data {
namespace {

constexpr int kSide = kDigitSide;
constexpr float kBox = 22;         // a digit's strokes fill about this many pixels
constexpr float kMaxTurn = 0.25f;  // radians
constexpr float kJitter = 0.025f;  // of a stroke's points, in units of the box
constexpr float kNoise = 0.12f;    // the largest change of a pixel

// x -> a x + b y + c, y -> d x + e y + f, from the unit square to pixels.
struct Affine {
  float a, b, c, d, e, f;
  Point operator()(Point p) const { return {a * p.x + b * p.y + c, d * p.x + e * p.y + f}; }
};

// A random turn, slant, size and shift about the middle of the image.
Affine random_map(Random& random) {
  float turn = random.uniform(-kMaxTurn, kMaxTurn), slant = random.uniform(-0.2f, 0.2f);
  float wide = kBox * random.uniform(0.8f, 1.1f), high = kBox * random.uniform(0.8f, 1.1f);
  float cosine = std::cos(turn), sine = std::sin(turn);
  Affine map{wide * cosine, high * (slant * cosine - sine), 0,
             wide * sine,   high * (slant * sine + cosine), 0};
  Point middle = map({0.5f, 0.5f});
  map.c = kSide / 2.0f + random.uniform(-2, 2) - middle.x;
  map.f = kSide / 2.0f + random.uniform(-2, 2) - middle.y;
  return map;
}

class Segment {
 public:
  Segment(Point from, Point to) : from_(from), along_{to.x - from.x, to.y - from.y} {
    float square = along_.x * along_.x + along_.y * along_.y;
    scale_ = square > 0 ? 1 / square : 0;
  }
  float distance(Point p) const {
    float x = p.x - from_.x, y = p.y - from_.y;
    float t = std::clamp((x * along_.x + y * along_.y) * scale_, 0.0f, 1.0f);
    x -= t * along_.x;
    y -= t * along_.y;
    return std::sqrt(x * x + y * y);
  }

 private:
  Point from_, along_;
  float scale_;
};

int pixel(float at) { return std::clamp(static_cast<int>(std::floor(at)), 0, kSide - 1); }

// Draws ink where a pen of that radius passes, with an edge one pixel wide.
void draw_segment(Point a, Point b, float radius, float* image) {
  float reach = radius + 1;
  int left = pixel(std::min(a.x, b.x) - reach), right = pixel(std::max(a.x, b.x) + reach);
  int top = pixel(std::min(a.y, b.y) - reach), bottom = pixel(std::max(a.y, b.y) + reach);
  Segment segment(a, b);
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      Point center{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
      float ink = std::clamp(radius + 0.5f - segment.distance(center), 0.0f, 1.0f);
      float& value = image[y * kSide + x];
      value = std::max(value, ink);
    }
  }
}

void draw(int digit, Random& random, float* image) {
  Affine map = random_map(random);
  float radius = random.uniform(0.7f, 1.5f);
  for (const Stroke& stroke : strokes(digit)) {
    Point last{};
    for (size_t i = 0; i < stroke.size(); ++i) {
      Point jittered{stroke[i].x + random.uniform(-kJitter, kJitter),
                     stroke[i].y + random.uniform(-kJitter, kJitter)};
      Point here = map(jittered);
      if (i > 0) draw_segment(last, here, radius, image);
      last = here;
    }
  }
}

void add_noise(Random& random, float* image) {
  for (int i = 0; i < kSide * kSide; ++i) {
    image[i] = std::clamp(image[i] + random.uniform(-kNoise, kNoise), 0.0f, 1.0f);
  }
}

}  // namespace

SyntheticDigits::SyntheticDigits(int64_t size, uint64_t seed) : size_(size), seed_(seed) {
  if (size < 0) fail(Code::kValue, "[SyntheticDigits] expects size >= 0, got {}", size);
}

const std::vector<Field>& SyntheticDigits::fields() const { return digit_fields(); }

void SyntheticDigits::write(int64_t i, std::span<void* const> to) const {
  Random random(seed_, static_cast<uint64_t>(i));
  auto* image = static_cast<float*>(to[0]);
  auto digit = static_cast<int>(random.below(10));
  std::fill_n(image, kSide * kSide, 0.0f);
  draw(digit, random, image);
  add_noise(random, image);
  *static_cast<int64_t*>(to[1]) = digit;
}

}  // namespace mycel::data
