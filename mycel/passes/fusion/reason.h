// Why operations are not computed by one kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mycel::passes {

enum class FusionReason : uint8_t {
  // Of an operation that joins no group.
  kNoFormula,
  kImplementation,
  kUnused,
  kResultLoops,
  kPrefixScan,
  kView,
  // Of operations that form no group, in the order in which they are looked for.
  kManyOperations,
  kStoresForNothing,
  kManyInputs,
  kManyOutputs,
  kUncheckedIndices,
  kIrregularNotCheap,
  kIrregularShared,
  kIrregularRaises,
  kIrregularRepeats,
  kManyLoops,
  kDiagonal,
  kReductionRepeats,
  kNumberFirst,
  kInnerLoopsRepeat,
  kNumberBesideArray,
  kOutOfMemoryOrder,
  kReductionsDiffer,
  kCycle,
};

// A reason, and the nodes of the FusionGraph that it names, if any. Its text is made only when it
// is read.
struct FusionDecline {
  FusionReason reason;
  size_t first = 0, second = 0;
};

// A sentence that names the operations.
std::string to_string(FusionReason reason, std::string_view first, std::string_view second);

}  // namespace mycel::passes
