#include "mycel/ops/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>

#include "mycel/ops/slice.h"
#include "mycel/tensor/apply.h"
#include "tests/cpp/ops/setup.h"

namespace mycel {
namespace {

// Known answers of Random123, by the authors of Philox, for a counter and a key of 0.
TEST(RandomBits, ArePhiloxes) {
  Tensor state = random_state(0);
  Tensor words = random_bits(state, {{1}, DType::kUInt64}).first;
  EXPECT_EQ(words.array().data<uint64_t>()[0], 0xe169c58d6627e8d5ULL);
  Tensor word = random_bits(state, {{1}, DType::kUInt32}).first;
  EXPECT_EQ(word.array().data<uint32_t>()[0], 0x6627e8d5U);
}

TEST(RandomBits, ContinueWhereTheStateStands) {
  Tensor all = random_bits(random_state(7), {{6}, DType::kUInt32}).first;
  auto [first, next] = random_bits(random_state(7), {{2, 2}, DType::kUInt32});
  Tensor rest = random_bits(next, {{2}, DType::kUInt32}).first;
  std::vector<double> joined = values_of(first);
  for (double value : values_of(rest)) joined.push_back(value);
  EXPECT_EQ(joined, values_of(all));
}

TEST(RandomFunctions, RepeatAfterTheSameSeed) {
  manual_seed(3);
  std::vector<double> first = values_of(rand({5})), second = values_of(rand({5}));
  EXPECT_NE(first, second);
  manual_seed(3);
  EXPECT_EQ(values_of(rand({5})), first);
  EXPECT_EQ(values_of(rand({5})), second);
}

TEST(RandomFunctions, LieInTheirRanges) {
  for (double value : values_of(uniform({100}, -2, 3))) {
    EXPECT_GE(value, -2);
    EXPECT_LT(value, 3);
  }
  for (double value : values_of(randint(-2, 3, {100}))) {
    EXPECT_GE(value, -2);
    EXPECT_LT(value, 3);
  }
}

TEST(RandomFunctions, IntegersCoverTheWholeRangeOfTheirDtype) {
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();
  manual_seed(1);
  std::vector<double> wide = values_of(randint(kLowest, kHighest, {1000}));
  EXPECT_LT(*std::min_element(wide.begin(), wide.end()), -0x1.8p62);
  EXPECT_GT(*std::max_element(wide.begin(), wide.end()), 0x1.8p62);
  std::vector<double> bytes = values_of(randint(-128, 128, {5000}, DType::kInt8));
  EXPECT_EQ(*std::min_element(bytes.begin(), bytes.end()), -128);
  EXPECT_EQ(*std::max_element(bytes.begin(), bytes.end()), 127);
  EXPECT_EQ(values_of(randint(kHighest - 1, kHighest, {1}, DType::kUInt64)),
            std::vector<double>{static_cast<double>(kHighest - 1)});
}

TEST(RandomFunctions, IntegersThatTheDtypeDoesNotHoldAreNotDrawn) {
  EXPECT_EQ(error_of([] { randint(0, 257, {3}, DType::kUInt8); }),
            "[randint] expects a range that uint8 holds, got 0 to 256");
  EXPECT_EQ(error_of([] { randint(-129, 0, {3}, DType::kInt8); }),
            "[randint] expects a range that int8 holds, got -129 to -1");
  EXPECT_EQ(error_of([] { randint(-1, 1, {3}, DType::kUInt64); }),
            "[randint] expects a range that uint64 holds, got -1 to 0");
}

TEST(RandomFunctions, NormalNumbersHaveTheirMoments) {
  manual_seed(1);
  double sum = 0, squares = 0;
  std::vector<double> values = values_of(normal({20000}, 1, 2, DType::kFloat64));
  for (double value : values) {
    sum += value;
    squares += (value - 1) * (value - 1);
  }
  auto n = static_cast<double>(values.size());
  EXPECT_NEAR(sum / n, 1, 0.06);
  EXPECT_NEAR(squares / n, 4, 0.15);
}

// --- Pieces of a whole

std::vector<const ir::OpDef*> operations_that_draw_pieces() {
  std::vector<const ir::OpDef*> found;
  const ir::Registry& registry = ir::Registry::get();
  for (size_t i = 0; i < registry.size(); ++i) {
    const ir::OpDef& op = registry.at(static_cast<ir::OpId>(i));
    if (op.attributes.find("whole")) found.push_back(&op);
  }
  return found;
}

// Runs an operation whose last operand is the state; any other is a tensor of ones.
Tensors draw(const ir::OpDef& op, const Dims& shape, const DrawnPiece& piece = {}) {
  ir::Attributes attributes = ir::Attributes::defaults(op.attributes);
  if (op.attributes.find("shape")) attributes = attributes.with("shape", shape);
  attributes = attributes.with("whole", piece.whole).with("begin", piece.begin);
  Tensors operands(op.operands.size() - 1, ones(shape));
  operands.push_back(random_state(5));
  return apply(op, operands, attributes);
}

// The values of all results but the next state, of all elements or of a part of them.
std::vector<Values> drawn(Tensors results, const Ints& begin = {}, const Ints& end = {}) {
  std::vector<Values> values;
  results.pop_back();
  for (Tensor& result : results) {
    for (size_t d = 0; d < begin.size(); ++d) {
      result = slice_dim(result, static_cast<int64_t>(d), begin[d], end[d]);
    }
    values.push_back(values_of(result));
  }
  return values;
}

struct Box {
  Ints whole, begin, end;
};

// Splits in one dim and in several, along each dim, uneven and empty.
const Box kBoxes[] = {
    {{7}, {0}, {3}},
    {{7}, {3}, {7}},
    {{7}, {7}, {7}},
    {{4, 5}, {0, 0}, {1, 5}},
    {{4, 5}, {1, 0}, {4, 5}},
    {{4, 5}, {0, 0}, {4, 2}},
    {{4, 5}, {0, 2}, {4, 5}},
    {{4, 5}, {1, 2}, {3, 4}},
    {{4, 5}, {2, 3}, {2, 5}},
    {{2, 3, 4}, {0, 1, 0}, {2, 3, 4}},
    {{2, 3, 4}, {1, 0, 3}, {2, 2, 4}},
};

TEST(Pieces, AreThoseOfTheWhole) {
  std::vector<const ir::OpDef*> operations = operations_that_draw_pieces();
  EXPECT_EQ(operations.size(), 4U);
  for (const ir::OpDef* op : operations) {
    for (const Box& box : kBoxes) {
      SCOPED_TRACE(op->name + to_string(box.whole) + to_string(box.begin) + to_string(box.end));
      Dims shape;
      for (size_t d = 0; d < box.whole.size(); ++d) shape.push_back(box.end[d] - box.begin[d]);
      Tensors whole = draw(*op, to_dims(box.whole));
      Tensors piece = draw(*op, shape, {to_dims(box.whole), to_dims(box.begin)});
      EXPECT_EQ(drawn(piece), drawn(whole, box.begin, box.end));
      EXPECT_EQ(values_of<uint64_t>(piece.back()), values_of<uint64_t>(whole.back()));
    }
  }
}

TEST(Pieces, OfALargeWholeAreDrawnWithoutIt) {
  constexpr int64_t kFar = int64_t{1} << 40;
  Tensor state = random_state(5);
  auto [piece, next] = random_bits(state, {{1, 3}, DType::kUInt32, {{kFar, 8}, {kFar - 1, 5}}});
  NDArray skipped = NDArray::empty(DType::kUInt64, {2});
  skipped.mutable_data<uint64_t>()[0] = 5;
  skipped.mutable_data<uint64_t>()[1] = (kFar - 1) * 8 + 5;
  EXPECT_EQ(values_of(piece), values_of(random_bits(Tensor(skipped), {{3}}).first));
  EXPECT_EQ(values_of<uint64_t>(next), (std::vector<uint64_t>{5, kFar * 8}));
}

TEST(Pieces, LieInTheirWhole) {
  const std::map<std::string, DrawnPiece> pieces = {
      {"whole to have one number for each of the 2 dims of [2, 3], got [6]", {{6}, {}}},
      {"begin to have one number for each of the 2 dims of [2, 3], got [1]", {{4, 5}, {1}}},
      {"a piece inside the whole [4, 5], got shape [2, 3] at [3, 0]", {{4, 5}, {3, 0}}},
      {"a piece inside the whole [4, 5], got shape [2, 3] at [0, -1]", {{4, 5}, {0, -1}}},
      {"a piece inside the whole [4, 2], got shape [2, 3] at [0, 0]", {{4, 2}, {}}},
      {"a piece inside the whole [2, 3], got shape [2, 3] at [0, 1]", {{}, {0, 1}}},
  };
  for (const ir::OpDef* op : operations_that_draw_pieces()) {
    for (const auto& [expected, piece] : pieces) {
      EXPECT_EQ(error_of([&] { draw(*op, {2, 3}, piece); }),
                "[" + op->name + "] expects " + expected);
    }
  }
}

TEST(Pieces, MayHaveSymbolsForTheirPlace) {
  Dim n = Dim::symbol("n");
  auto error_at = [&](const DrawnPiece& piece) {
    return error_of([&] {
      const ir::OpDef& op = *ir::Registry::get().find("random_bits");
      RandomBits a{{3}, DType::kUInt32, piece};
      ir::Attributes attributes = ir::Attributes::borrow(op.attributes, &a);
      ir::Type state = ir::Type::tensor(DType::kUInt64, {2});
      ir::Types results;
      ir::infer_types({&op, &state, 1, &attributes}, results);
    });
  };
  EXPECT_EQ(error_at({{n}, {}}), "no error");
  EXPECT_EQ(error_at({{n + 3}, {n}}), "no error");
  EXPECT_EQ(error_at({{n}, {n - 2}}),
            "[random_bits] expects a piece inside the whole [n], got shape [3] at [n - 2]");
}

}  // namespace
}  // namespace mycel
