// Numbers of the parts of a loop nest.
//
// Each kind of part has a type of its own, so that the number of a value does not select a loop. A
// nest under construction and the finished nest number their parts separately, with the same types.
#pragma once

namespace mycel::codegen::schedule {

enum class ValueId : int {};
enum class LoopId : int {};
enum class ReductionId : int {};  // of a reduction or a scan
enum class StoreId : int {};
enum class ArgumentId : int {};
enum class AccessId : int {};  // only in a nest under construction

inline constexpr ValueId kNoValue{-1};
inline constexpr LoopId kRootLoop{0};
inline constexpr LoopId kNoLoop{-1};
inline constexpr ArgumentId kNoArgument{-1};
inline constexpr AccessId kNoAccess{-1};

}  // namespace mycel::codegen::schedule
