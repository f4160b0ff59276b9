// Binds data sets and their loader.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "mycel/data/array_dataset.h"
#include "mycel/data/data_loader.h"
#include "mycel/data/digits.h"
#include "mycel/data/mnist.h"
#include "mycel/data/sampler.h"
#include "mycel/data/synthetic_digits.h"
#include "mycel/tensor/context.h"
#include "python/src/arrays/import_array.h"
#include "python/src/common/bindings.h"
#include "python/src/common/error.h"
#include "python/src/common/path.h"
#include "python/src/tensor/elements.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {
namespace {

using data::Batch;
using data::Dataset;
using DatasetPtr = std::shared_ptr<Dataset>;

// Like data::to_tensors; a trace that reads a data set takes the batch as a constant.
Tensors to_tensors(const Batch& batch) {
  const Context& here = context();
  Tensors tensors;
  for (const NDArray& array : batch) {
    tensors.push_back(tensor_of(here.engine->to_device(array, here.device)));
  }
  return tensors;
}

DatasetPtr array_dataset(const std::vector<nb::object>& arrays) {
  std::vector<NDArray> hosts;
  for (const nb::object& array : arrays) {
    hosts.push_back(is_tensor(array.ptr())
                        ? host_array(as_tensor(array.ptr())->tensor, "ArrayDataset")
                        : import_array(array.ptr(), CopyMode::kAlways));
  }
  return std::make_shared<data::ArrayDataset>(std::move(hosts));
}

// Returns the indices of an epoch's items, batch by batch.
std::vector<std::vector<int64_t>> batches(int64_t size, const data::DataLoaderOptions& options,
                                          int64_t epoch) {
  data::Sampler sampler(size, options.batch_size, options.drop_last, options.shuffle, options.seed,
                        epoch);
  std::vector<std::vector<int64_t>> all;
  for (int64_t i = 0; i < sampler.num_batches(); ++i) {
    std::span<const int64_t> items = sampler.batch(i);
    all.emplace_back(items.begin(), items.end());
  }
  return all;
}

data::DataLoaderOptions make_options(int64_t batch_size, bool shuffle, bool drop_last,
                                     uint64_t seed, int64_t num_workers, int64_t prefetch) {
  return {batch_size, shuffle, drop_last, seed, num_workers, prefetch};
}

Tensors next_batch(data::Epoch& epoch) {
  std::optional<Batch> batch;
  {
    nb::gil_scoped_release unlocked;
    batch = epoch.next();
  }
  if (!batch) throw nb::stop_iteration();
  return to_tensors(*batch);
}

}  // namespace

void bind_data(nb::module_& module) {
  nb::class_<Dataset>(module, "Dataset")
      .def("__len__", &Dataset::size)
      .def(
          "item", [](const Dataset& self, int64_t i) { return to_tensors(data::item(self, i)); },
          nb::sig("def item(self, index: int) -> list[Tensor]"));
  module.def("array_dataset", array_dataset,
             nb::sig("def array_dataset(arrays: Sequence[ArrayLike]) -> Dataset"));
  module.def(
      "synthetic_digits",
      [](int64_t size, uint64_t seed) -> DatasetPtr {
        return std::make_shared<data::SyntheticDigits>(size, seed);
      },
      nb::sig("def synthetic_digits(size: int, seed: int) -> Dataset"));
  module.def(
      "find_mnist",
      [](nb::handle root) -> nb::object {
        std::optional<std::string> folder = data::find_mnist(check_path(root));
        if (!folder) return nb::none();
        return nb::steal(PyUnicode_DecodeFSDefaultAndSize(folder->data(),
                                                          static_cast<Py_ssize_t>(folder->size())));
      },
      nb::sig("def find_mnist(root: str | os.PathLike[str]) -> str | None"));
  module.def(
      "mnist",
      [](nb::handle folder, bool train) -> DatasetPtr {
        return std::make_shared<data::Mnist>(check_path(folder), train);
      },
      nb::sig("def mnist(folder: str, train: bool) -> Dataset"));
  nb::class_<data::DataLoaderOptions>(module, "LoaderOptions")
      .def("__init__", [](data::DataLoaderOptions* self, int64_t batch_size, bool shuffle,
                          bool drop_last, uint64_t seed, int64_t num_workers, int64_t prefetch) {
        new (self) data::DataLoaderOptions(
            make_options(batch_size, shuffle, drop_last, seed, num_workers, prefetch));
      });
  module.def("batches", batches,
             nb::sig("def batches(size: int, options: LoaderOptions, "
                     "epoch: int) -> list[list[int]]"));
  module.def("num_batches", data::num_batches,
             nb::sig("def num_batches(items: int, options: LoaderOptions) -> int"));
  nb::class_<data::Epoch>(module, "Epoch")
      .def(
          "__init__",
          [](data::Epoch* self, DatasetPtr dataset, const data::DataLoaderOptions& options,
             int64_t number) { new (self) data::Epoch(std::move(dataset), options, number); },
          nb::sig("def __init__(self, dataset: Dataset, options: LoaderOptions, number: int) "
                  "-> None"))
      .def(
          "__iter__", [](nb::handle self) { return nb::borrow(self); },
          nb::sig("def __iter__(self) -> Epoch"))
      .def("__next__", next_batch, nb::sig("def __next__(self) -> list[Tensor]"));
}

}  // namespace mycel::python
