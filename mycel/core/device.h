// Device: identifies the device that holds a buffer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mycel {

enum class DeviceKind : uint8_t { kCpu, kReference, kNull, kCuda, kPlugin };

struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int8_t index = 0;

  friend bool operator==(Device a, Device b) { return a.kind == b.kind && a.index == b.index; }
};

// "cpu", "reference", "cuda:1"
std::string to_string(Device device);
// Parses a device name. Raises a ValueError that lists the known names.
Device parse_device(std::string_view text);

}  // namespace mycel
