// Prints nests. The text is the kernel signature, so it has everything that the emitter reads.
#include <fmt/format.h>

#include <bit>
#include <iterator>
#include <type_traits>

#include "mycel/codegen/loop_nest/nest.h"
#include "mycel/te/fn.h"

namespace mycel::codegen::schedule {

// Prints ids as numbers.
template <class Id>
  requires std::is_enum_v<Id>
int format_as(Id id) {
  return static_cast<int>(id);
}

namespace {

std::string_view name(Loop::Kind kind) {
  constexpr std::string_view kNames[] = {"root", "parallel", "reduce", "scan"};
  return kNames[static_cast<size_t>(kind)];
}

class Printer {
 public:
  explicit Printer(const Nest& nest) : nest_(nest) {}

  std::string run() {
    fmt::format_to(out(), "{} lanes, arguments", nest_.lanes);
    for (ArgumentId i : nest_.arguments.indices()) {
      fmt::format_to(out(), " n{}:{}", i, short_name(nest_.arguments[i]));
    }
    text_ += '\n';
    for (ReductionId i : nest_.reductions.indices()) {
      const Reduction& r = nest_.reductions[i];
      fmt::format_to(out(), "r{} = {} of{} over l{}", i, te::name(r.reducer), list(r.bodies),
                     r.first_loop);
      if (r.last_loop != r.first_loop) fmt::format_to(out(), "..l{}", r.last_loop);
      text_ += r.scan ? ", running\n" : "\n";
    }
    print_items(nest_.loops[kRootLoop].items, 0);
    return std::move(text_);
  }

 private:
  std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }

  std::string list(const Operands& operands) const {
    std::string text;
    for (ValueId operand : operands) fmt::format_to(std::back_inserter(text), " v{}", operand);
    return text;
  }

  void print_items(const std::vector<Item>& items, int indent) {
    for (const Item& item : items) {
      text_.append(static_cast<size_t>(indent) * 2, ' ');
      std::visit([&](auto id) { print(id, indent); }, item);
    }
  }

  void print(ReductionId id, int) { fmt::format_to(out(), "accumulate r{}\n", id); }
  void print(StoreId id, int) {
    const Store& store = nest_.stores[id];
    fmt::format_to(out(), "store {} v{} at v{}\n", short_name(store.dtype), store.value,
                   store.address);
  }
  void print(LoopId id, int indent) {
    const Loop& loop = nest_.loops[id];
    fmt::format_to(out(), "l{} {} < n{}", id, name(loop.kind), loop.extent);
    if (loop.vector) text_ += " lanes";
    if (loop.unroll > 1) fmt::format_to(out(), " by {}", loop.unroll);
    if (loop.blocked) text_ += " in blocks";
    if (loop.splittable) text_ += " in parts";
    text_ += ":\n";
    print_items(loop.items, indent + 1);
  }
  void print(ValueId id, int) {
    const Value& v = nest_.values[id];
    fmt::format_to(out(), "v{} = {} : {}\n", id, formula(v), short_name(v.dtype));
  }

  std::string constant(const Value& value) const {
    if (!is_floating(value.dtype)) return fmt::format("{}", value.bits);
    return fmt::format("{}", std::bit_cast<double>(value.bits));
  }

  std::string formula(const Value& v) const {
    switch (v.kind) {
      case Value::Kind::kConstant:
        return constant(v);
      case Value::Kind::kArgument:
        return fmt::format("n{}", v.argument);
      case Value::Kind::kIndex:
        return fmt::format("l{}", v.loop);
      case Value::Kind::kChunk:
        return "chunk";
      case Value::Kind::kBase:
        return v.buffer == Value::kScratch ? fmt::format("scratch + n{}", v.argument)
                                           : fmt::format("buffer n{} + n{}", v.buffer, v.argument);
      case Value::Kind::kOffset:
        if (v.argument == Value::kUnit)
          return fmt::format("v{} next v{}", v.operands[0], v.operands[1]);
        return fmt::format("v{} + v{} * n{}", v.operands[0], v.operands[1], v.argument);
      case Value::Kind::kLoad:
        if (v.operands.size() == 1) return fmt::format("load v{}", v.operands[0]);
        return fmt::format("load v{} if v{}", v.operands[0], v.operands[1]);
      case Value::Kind::kCheck:
        if (v.operands.size() == 1)
          return fmt::format("check v{} < n{}", v.operands[0], v.argument);
        return fmt::format("check v{} < n{} if v{}", v.operands[0], v.argument, v.operands[1]);
      case Value::Kind::kReduced:
      case Value::Kind::kScanned:
        return fmt::format("r{}{}", v.reduction, v.result ? " index" : "");
      case Value::Kind::kCall:
        return fmt::format("{}{}", te::name(v.fn), list(v.operands));
    }
    return "";
  }

  const Nest& nest_;
  std::string text_;
};

}  // namespace

std::string to_string(const Nest& nest) { return Printer(nest).run(); }

}  // namespace mycel::codegen::schedule
