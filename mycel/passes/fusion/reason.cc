#include "mycel/passes/fusion/reason.h"

#include <fmt/format.h>

#include "mycel/base/error.h"

namespace mycel::passes {
namespace {

// {0} is the first operation, {1} the second.
std::string_view form_of(FusionReason reason) {
  switch (reason) {
    case FusionReason::kNoFormula:
      return "{0} has no formula";
    case FusionReason::kImplementation:
      return "{0} runs a kernel of the backend";
    case FusionReason::kUnused:
      return "{0} is unused and runs only because it may raise";
    case FusionReason::kResultLoops:
      return "the results of {0} run along different loops";
    case FusionReason::kPrefixScan:
      return "{0} is a prefix scan";
    case FusionReason::kView:
      return "{0} is a view that loops would not walk in order";
    case FusionReason::kManyOperations:
      return "together they have too many operations";
    case FusionReason::kStoresForNothing:
      return "{0} costs nothing where it is read, but would be stored";
    case FusionReason::kManyInputs:
      return "together they read too many arrays";
    case FusionReason::kManyOutputs:
      return "together they write too many arrays";
    case FusionReason::kUncheckedIndices:
      return "{1} reads {0} at indices from data, and no array in memory would check them";
    case FusionReason::kIrregularNotCheap:
      return "{1} reads {0} through a window, a slice or indices, and {0} is not cheap to "
             "recompute";
    case FusionReason::kIrregularShared:
      return "{1} reads {0} through a window, a slice or indices, and {0} has other readers";
    case FusionReason::kIrregularRaises:
      return "{1} reads {0} through a window, a slice or indices, and {0} checks all its values";
    case FusionReason::kIrregularRepeats:
      return "{1} reads elements of {0} more than once through a window, a slice or indices";
    case FusionReason::kManyLoops:
      return "together they have too many loops";
    case FusionReason::kDiagonal:
      return "two dims of {0} run along one loop";
    case FusionReason::kReductionRepeats:
      return "the reduction {1} would compute {0} in more loops than {0} has";
    case FusionReason::kNumberFirst:
      return "{1} needs {0}, a reduction to one number, before its own loops, which are long";
    case FusionReason::kInnerLoopsRepeat:
      return "the inner loops of {1} would repeat {0}, which is not cheap to recompute";
    case FusionReason::kNumberBesideArray:
      return "{0} reduces to one number while {1} writes a large array";
    case FusionReason::kOutOfMemoryOrder:
      return "no single pass computes {0} and writes {1} in the order of memory";
    case FusionReason::kReductionsDiffer:
      return "the reductions {0} and {1} keep different loops";
    case FusionReason::kCycle:
      return "a path from one to the other leads through another kernel";
  }
  fail_internal("unknown reason {}", static_cast<int>(reason));
}

}  // namespace

std::string to_string(FusionReason reason, std::string_view first, std::string_view second) {
  return fmt::format(fmt::runtime(form_of(reason)), first, second);
}

}  // namespace mycel::passes
