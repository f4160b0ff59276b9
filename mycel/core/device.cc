#include "mycel/core/device.h"

#include <charconv>
#include <iterator>

#include "mycel/base/error.h"

namespace mycel {
namespace {

// Indexed by DeviceKind.
constexpr std::string_view kNames[] = {"cpu", "reference", "null", "cuda", "plugin"};

bool has_index(DeviceKind kind) { return kind >= DeviceKind::kCuda; }

}  // namespace

std::string to_string(Device device) {
  std::string text(kNames[static_cast<int>(device.kind)]);
  if (has_index(device.kind)) text += fmt::format(":{}", device.index);
  return text;
}

Device parse_device(std::string_view text) {
  std::string_view name = text.substr(0, text.find(':'));
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] != name) continue;
    Device device{static_cast<DeviceKind>(i), 0};
    if (name.size() == text.size()) return device;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data() + name.size() + 1, end, device.index);
    bool in_range = device.index == 0 || (device.index > 0 && has_index(device.kind));
    if (error == std::errc() && stop == end && in_range) return device;
  }
  fail(Code::kValue,
       "expects a device of {}, optionally with a number as in \"cuda:1\", got \"{}\"",
       fmt::join(kNames, ", "), text);
}

}  // namespace mycel
