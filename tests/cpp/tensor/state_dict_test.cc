#include "mycel/tensor/state_dict.h"

#include <gtest/gtest.h>

#include "tests/cpp/tensor/test_ops.h"

namespace mycel {
namespace {

TEST(StateDict, ASnapshotIsNoticedByNoLaterWrite) {
  StateDict state{{"a", vector_of<float>({1})}, {"b", vector_of<float>({2, 3})}};
  StateDict saved = snapshot(state);
  state.at("a").assign(vector_of<float>({9}));
  EXPECT_EQ(values_of<float>(saved.at("a")), std::vector<float>{1});
  load_values(state, saved, "load");
  EXPECT_EQ(values_of<float>(state.at("a")), std::vector<float>{1});
}

TEST(StateDict, AWrongKeyOrTypeIsNamedAndChangesNothing) {
  StateDict state{{"a", vector_of<float>({1})}, {"b", vector_of<float>({2, 3})}};
  StateDict wrong{
      {"a", vector_of<float>({5})}, {"b", vector_of<float>({6})}, {"c", vector_of<float>({7})}};
  std::string message = error_of([&] { load_values(state, wrong, "load"); });
  EXPECT_EQ(message,
            "[load] expects the same keys and types:\n  b: expects f32[2], got f32[1]\n"
            "  unexpected: c");
  message = error_of([&] { load_values(state, {}, "load"); });
  EXPECT_NE(message.find("missing: a"), message.npos) << message;
  EXPECT_EQ(values_of<float>(state.at("a")), std::vector<float>{1});
}

}  // namespace
}  // namespace mycel
