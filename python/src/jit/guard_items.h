// Guards of sequences and sets: all items, or the length.
#pragma once

#include "python/src/jit/guard.h"

namespace mycel::python {

// Guards the items of a list, a deque or another sequence, in order.
class ItemsGuard final : public Guard {
 public:
  ItemsGuard(PyObject* holder, std::string name);
  bool holds() override;
  bool gone() const override { return !holder_.get().is_valid(); }
  std::string change() override;
  void restore() override;
  size_t entries() const override { return items_.size(); }
  std::vector<std::string> places() const override { return {"the items of " + name_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override;

 private:
  bool same_objects() const;
  Watched holder_;
  std::string name_;
  std::vector<Expected> items_;
};

class SetGuard final : public Guard {
 public:
  SetGuard(PyObject* set, std::string name);
  bool holds() override;
  bool gone() const override { return !set_.get().is_valid(); }
  std::string change() override;
  void restore() override;
  size_t entries() const override { return static_cast<size_t>(PySet_GET_SIZE(copy_.ptr())); }
  std::vector<std::string> places() const override { return {"the items of " + name_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override;

 private:
  Watched set_;
  std::string name_;
  nb::object copy_;
};

// Guards the length of a container.
class LengthGuard final : public Guard {
 public:
  // With `truth`, guards only whether the container has any item.
  LengthGuard(PyObject* holder, std::string name, bool truth)
      : holder_(holder), name_(std::move(name)), truth_(truth), length_(now()) {}
  bool holds() override { return now() == length_; }
  bool gone() const override { return !holder_.get().is_valid(); }
  std::string change() override;
  void restore() override {}
  std::vector<std::string> places() const override {
    return {(truth_ ? "whether empty: " : "the length of ") + name_};
  }
  int traverse(visitproc visit, void* arg) const override { return holder_.traverse(visit, arg); }
  std::vector<Found> current() override { return {}; }

 private:
  Py_ssize_t now() const;
  Watched holder_;
  std::string name_;
  bool truth_;
  Py_ssize_t length_;
};

}  // namespace mycel::python
