#include "mycel/backends/reference/primitives.h"

namespace mycel::backends::reference {
namespace {

class PrimitiveKernel final : public Kernel {
 public:
  PrimitiveKernel(PageAllocator& allocator, Primitive primitive, const Request& request)
      : allocator_(allocator), primitive_(primitive), request_(request) {
    request_.attributes = request.attributes.own();
  }
  void run(void* const* buffers, void*, const Stream&) const override {
    OpenPages open(allocator_, {buffers, request_.inputs.size() + request_.outputs.size()});
    primitive_(request_, buffers);
  }
  std::string describe() const override { return "plain loops: " + request_.op->name; }

 private:
  PageAllocator& allocator_;
  Primitive primitive_;
  Request request_;
};

class PrimitiveImplementation final : public Implementation {
 public:
  PrimitiveImplementation(PageAllocator& allocator, Primitive primitive)
      : allocator_(allocator), primitive_(primitive) {}
  std::string_view name() const override { return "plain"; }
  std::optional<std::string> declines(const ir::Call&) const override { return std::nullopt; }
  KernelPtr prepare(const Request& request) const override {
    return make_intrusive<PrimitiveKernel>(allocator_, primitive_, request);
  }

 private:
  PageAllocator& allocator_;
  Primitive primitive_;
};

}  // namespace

struct Primitives::Entry {
  Entry(std::string_view op, PageAllocator& allocator, Primitive primitive)
      : op(op), implementation(allocator, primitive) {}

  std::string_view op;
  PrimitiveImplementation implementation;
  const Implementation* const list[1] = {&implementation};
};

Primitives::Primitives(PageAllocator& allocator) {
  auto add = [&](std::string_view op, Primitive primitive) {
    entries_.push_back(std::make_unique<Entry>(op, allocator, primitive));
  };
  add("sort", sort);
  add("scatter_add", scatter_add);
  add("index_put", index_put);
}

Primitives::~Primitives() = default;

std::span<const Implementation* const> Primitives::of(std::string_view op) const {
  for (const auto& entry : entries_) {
    if (entry->op == op) return entry->list;
  }
  return {};
}

}  // namespace mycel::backends::reference
