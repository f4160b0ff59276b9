// A concrete array: a buffer, an element type, a shape and strides.
#pragma once

#include <cstdint>

#include "mycel/base/error.h"
#include "mycel/core/buffer.h"
#include "mycel/core/dtype.h"
#include "mycel/core/shape.h"

namespace mycel {

// A cheap value: copies share the buffer. `offset` is in elements.
class NDArray {
 public:
  NDArray();  // user-provided: otherwise NDArray() would first fill the object with zeros
  NDArray(BufferPtr buffer, DType dtype, Shape shape, Strides strides, int64_t offset = 0)
      : buffer_(std::move(buffer)),
        dtype_(dtype),
        device_(buffer_ ? buffer_->device() : Device()),
        shape_(std::move(shape)),
        strides_(std::move(strides)),
        offset_(offset) {}

  // Row-major and uninitialised.
  static NDArray empty(DType dtype, const Shape& shape, Allocator& allocator = cpu_allocator());
  static NDArray empty(DType dtype, const Shape& shape, const Strides& dense_strides,
                       Allocator& allocator);
  template <class T>
  static NDArray scalar(T value) {
    NDArray array = empty(dtype_of<T>(), {});
    *array.mutable_data<T>() = value;
    return array;
  }

  bool defined() const { return static_cast<bool>(buffer_); }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  const Strides& strides() const { return strides_; }
  int64_t offset() const { return offset_; }
  size_t rank() const { return shape_.size(); }
  int64_t size() const { return num_elements(shape_); }
  int64_t bytes() const { return size() * byte_size(dtype_); }
  Device device() const { return device_; }
  const BufferPtr& buffer() const { return buffer_; }
  bool is_row_major() const { return mycel::is_row_major(shape_, strides_); }

  // The address of element [0, ..., 0], on the array's device.
  void* raw() const { return static_cast<char*>(buffer_->data()) + offset_ * byte_size(dtype_); }
  // Host access with a type check.
  template <class T>
  const T* data() const {
    check_host(dtype_of<T>());
    return static_cast<const T*>(raw());
  }
  template <class T>
  T* mutable_data() const {
    check_host(dtype_of<T>());
    return static_cast<T*>(raw());
  }

  // Releases the buffer; keeps dtype, shape and strides.
  void drop_buffer() { buffer_ = nullptr; }

  // Returns a view of the same buffer with another shape.
  NDArray view(Shape shape, Strides strides, int64_t offset) const {
    return {buffer_, dtype_, std::move(shape), std::move(strides), offset};
  }

 private:
  void check_host(DType expected) const;

  BufferPtr buffer_;
  DType dtype_ = DType::kFloat32;
  Device device_;
  Shape shape_;
  Strides strides_;
  int64_t offset_ = 0;
};

inline NDArray::NDArray() = default;

// Copies `from` into `to` element by element (host arrays; same shape and dtype, any strides).
void copy_elements(const NDArray& from, const NDArray& to);
// Returns the array itself if it is row-major, else a row-major copy (host arrays).
NDArray contiguous(const NDArray& array);

}  // namespace mycel
