#include "python/src/jit/jit_function.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "mycel/base/settings.h"
#include "mycel/tensor/context.h"
#include "python/src/common/error.h"
#include "python/src/common/imported.h"

namespace mycel::python {
namespace {

// The number of compilations after which, and at each doubling, the user is warned.
constexpr size_t kStorm = 8;
// The number of compilations serving one call each after which the user is warned.
constexpr size_t kMostEffects = 3;

// The number of guarded places that explain() lists.
constexpr size_t kMostPlaces = 40;

// Locks the mutex without holding the GIL, for which the mutex's holder may wait.
std::unique_lock<std::mutex> lock_unlocked(std::mutex& mutex) {
  nb::gil_scoped_release unlocked;
  return std::unique_lock(mutex);
}

// Whether a call runs none of the function's code, as for a generator or a coroutine.
bool returns_before_it_runs(PyObject* function) {
  constexpr int kFlags = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
  if (!PyFunction_Check(function)) return false;
  return reinterpret_cast<PyCodeObject*>(PyFunction_GetCode(function))->co_flags & kFlags;
}

bool same_objects(const Tensors& a, const Tensors& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor& x, const Tensor& y) { return x.same_object(y); });
}

std::string name_of(nb::handle function) {
  nb::object name = nb::getattr(function, "__name__", nb::str("function"));
  return check_text(name.ptr());
}

}  // namespace

JitFunction::JitFunction(nb::object function)
    : function_(std::move(function)), name_(name_of(function_)) {
  if (!PyCallable_Check(function_.ptr())) {
    fail(Code::kType, "[jit] expects a function, got {}", type_text(function_));
  }
  if (returns_before_it_runs(function_.ptr())) {
    fail(Code::kType, "[jit] expects a function that returns its results, got a generator {}",
         name_);
  }
}

std::shared_ptr<JitEntry> JitFunction::find(const CallArguments& arguments,
                                            const Tensors& tensors) const {
  return cache_.find([&](JitEntry& entry) { return entry.fits(arguments, tensors); });
}

std::shared_ptr<JitEntry> JitFunction::find_or_compile(const CallArguments& arguments,
                                                       const Tensors& tensors) {
  if (std::shared_ptr<JitEntry> entry = find(arguments, tensors)) return entry;
  std::string why = reason(arguments);
  drop_gone();
  std::vector<std::shared_ptr<JitEntry>> removed;  // freed without the lock
  std::unique_lock lock = lock_unlocked(compiling_);
  // Another thread may have compiled it during the wait.
  if (std::shared_ptr<JitEntry> entry = find(arguments, tensors)) return entry;
  try {
    std::shared_ptr<JitEntry> entry = JitEntry::make(name_, function_, arguments, tensors, said_);
    keep(entry, why, removed);
    return entry;
  } catch (nb::python_error& error) {
    static constinit Imported created{"mycel._state", "StateCreatedError"};
    if (!error.matches(created.get())) throw;
    uncompiled_.push_back(nb::cast<std::string>(nb::str(error.value())));
  }
  if (uncompiled_.size() == kMostEffects) warn_of_effect(uncompiled_.back());
  return nullptr;
}

void JitFunction::keep(const std::shared_ptr<JitEntry>& entry, const std::string& why,
                       std::vector<std::shared_ptr<JitEntry>>& removed) {
  removed.push_back(std::exchange(newest_, entry));
  if (entry->effect().empty()) removed.push_back(cache_.add(entry));
  reasons_.push_back(why);
  log("cache", fmt::format("{}: compilation {}{}{}", name_, reasons_.size(),
                           why.empty() ? "" : ", as ", why));
  if (reasons_.size() >= kStorm && (reasons_.size() & (reasons_.size() - 1)) == 0) warn_of_storm();
  if (!entry->effect().empty() && ++effects_ == kMostEffects) warn_of_effect(entry->effect());
}

void JitFunction::drop_gone() {
  std::vector<std::shared_ptr<JitEntry>> removed =
      cache_.take([](const JitEntry& entry) { return entry.gone(); });
  if (newest_ && newest_->gone()) removed.push_back(std::exchange(newest_, nullptr));
}

void JitFunction::clear() {
  std::vector<std::shared_ptr<JitEntry>> removed = cache_.take_all();
  removed.push_back(std::exchange(newest_, nullptr));
}

PyObject* JitFunction::call(PyObject* const* arguments, size_t num_positional,
                            PyObject* keyword_names) {
  if (context().trace) {
    return check(PyObject_Vectorcall(function_.ptr(), arguments, num_positional, keyword_names));
  }
  size_t count = num_positional;
  if (keyword_names) count += static_cast<size_t>(PyTuple_GET_SIZE(keyword_names));
  while (true) {
    CallArguments call(arguments, num_positional, keyword_names, name_);
    Tensors tensors = call.tensors();
    std::shared_ptr<JitEntry> entry = find_or_compile(call, tensors);
    if (!entry) break;
    compiler::Compiled::Turn turn(entry->compiled(), tensors);
    if (turn.waited()) {  // other threads may have changed the arguments or the traced state
      CallArguments now(arguments, num_positional, keyword_names, name_);
      if (!same_objects(now.tensors(), tensors) || !entry->still_fits(now, tensors)) continue;
      if (!turn.stands()) continue;
    }
    return entry->call(turn, arguments, count).release().ptr();
  }
  return check(PyObject_Vectorcall(function_.ptr(), arguments, num_positional, keyword_names));
}

std::string JitFunction::lower(PyObject* const* arguments, size_t num_positional,
                               PyObject* keyword_names) {
  CallArguments call(arguments, num_positional, keyword_names, name_);
  std::shared_ptr<JitEntry> entry = find_or_compile(call, call.tensors());
  if (!entry) {
    fail(Code::kCompile,
         "[lower] expects an optimiser's state that is there, got none: {}; call {} once before",
         uncompiled_.back(), name_);
  }
  return entry->compiled().info().traced;
}

// Describes the change since the closest compilation: the newest for these arguments, else the
// newest.
std::string JitFunction::reason(const CallArguments& arguments) const {
  if (newest_ && !newest_->effect().empty()) return newest_->effect();
  if (cache_.entries().empty()) return "";
  std::shared_ptr<JitEntry> closest = cache_.entries().back();
  for (const std::shared_ptr<JitEntry>& entry : cache_.entries()) {
    if (entry->fits_arguments(arguments)) closest = entry;
  }
  return closest->difference(CallKey(arguments).describe(arguments, function_), arguments);
}

// Warns of frequent compilation and names the most frequent reason; reasons that differ only in
// their values count as one.
void JitFunction::warn_of_storm() const {
  std::map<std::string, size_t> counts;
  std::pair<std::string, size_t> most;
  for (const std::string& why : reasons_) {
    std::string subject = why.substr(0, why.find_first_of(":0123456789"));
    size_t count = why.empty() ? 0 : ++counts[subject];
    if (count > most.second) most = {why, count};
  }
  std::string text = fmt::format(
      "{} was compiled {} times, {} of them as {}; a number that changes from call to call is "
      "better passed as a tensor, a size kept the same (drop_last=True)",
      name_, reasons_.size(), most.second, most.first);
  check_status(PyErr_WarnEx(PyExc_RuntimeWarning, text.c_str(), 1));
}

// Warns of Python state that every call changes.
void JitFunction::warn_of_effect(const std::string& effect) {
  std::string text = fmt::format(
      "{} is traced again at each call, as the call itself changes Python's state: {}; what "
      "changes from call to call is better kept in a tensor (n = mc.tensor(0); n += 1), a buffer "
      "of a module or an optimiser's state, or changed outside the function",
      name_, effect);
  check_status(PyErr_WarnEx(PyExc_RuntimeWarning, text.c_str(), 1));
}

std::string JitFunction::explain() const {
  std::string made;
  for (const std::string& why : uncompiled_) {
    made += fmt::format("  a call ran uncompiled, as it made an optimiser's state: {}\n", why);
  }
  if (!newest_)
    return fmt::format("{} was not {} yet\n", name_, made.empty() ? "called" : "compiled") + made;
  std::string text = fmt::format("{}: {} compilation{}, {} kept\n", name_, reasons_.size(),
                                 reasons_.size() == 1 ? "" : "s", cache_.entries().size());
  for (size_t i = 1; i < reasons_.size(); ++i) {
    text += fmt::format("  compilation {}: {}\n", i + 1, reasons_[i]);
  }
  text += made;
  const JitEntry& newest = *newest_;
  const compiler::CompiledInfo& info = newest.compiled().info();
  runtime::RunStats stats = newest.compiled().stats();
  text += "the newest:\n";
  for (const std::string& line : newest.arguments()) text += "  " + line + "\n";
  text += fmt::format("  traced in {:.1f} ms, compiled in {:.1f} ms\n", info.trace_seconds * 1e3,
                      info.compile_seconds * 1e3);
  text += fmt::format("  donated {} buffers, {} were held elsewhere; {} inputs copied\n",
                      stats.donated, stats.not_donated, stats.copied_inputs);
  if (!newest.effect().empty()) {
    text += fmt::format("  stood for one call, which changed state: {}\n", newest.effect());
  }
  text += fmt::format("  guards {} places:\n", newest.guards().entries());
  for (const std::string& place : newest.guards().places(kMostPlaces))
    text += "    " + place + "\n";
  const std::vector<std::string>& notes = newest.guards().notes;
  for (const std::string& note : std::set<std::string>(notes.begin(), notes.end())) {
    text += "  not guarded: " + note + "\n";
  }
  text += fmt::format("  {} steps:\n", info.kernels.size());
  for (const std::string& kernel : info.kernels) text += "    " + kernel + "\n";
  return text;
}

int JitFunction::traverse(visitproc visit, void* arg) const {
  Py_VISIT(function_.ptr());
  for (const std::shared_ptr<JitEntry>& entry : cache_.entries()) {
    if (int status = entry->traverse(visit, arg)) return status;
  }
  const std::vector<std::shared_ptr<JitEntry>>& entries = cache_.entries();
  bool kept = !entries.empty() && entries.back() == newest_;
  return newest_ && !kept ? newest_->traverse(visit, arg) : 0;
}

std::string JitFunction::report() const {
  if (!newest_) return fmt::format("{} was not called yet\n", name_);
  return newest_->compiled().executable().report();
}

}  // namespace mycel::python
