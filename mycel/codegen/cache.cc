#include "mycel/codegen/cache.h"

#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <unordered_map>

#include "mycel/base/parallel_for.h"
#include "mycel/base/settings.h"
#include "mycel/codegen/llvm/compiler.h"

namespace mycel::codegen {
namespace {

std::atomic<int64_t> compiled{0};

const DiskCache& disk() {
  static const DiskCache cache(settings().cache_dir, compiler_version());
  return cache;
}

// The function of one kernel signature, from disk if it is there.
NestFunction obtain(const std::string& key, const schedule::Nest& nest, const TargetCpu& cpu) {
  std::string symbol = "nest_" + digest(key);
  std::optional<std::string> object = disk().read(key);
  if (!object) {
    log("cache", "compiling " + symbol);
    object = compile_nest(nest, cpu, symbol, Output::kObject);
    ++compiled;
    disk().write(key, *object);
  }
  return link_nest(*object, symbol);
}

struct Classes {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_future<NestFunction>> functions;
};

// Never destroyed: kernels may be compiled while the process exits.
Classes& classes() {
  static auto* instance = new Classes;
  return *instance;
}

struct Job {
  std::string key;
  const schedule::Nest* nest;
  std::promise<NestFunction> promise;
};

void run(Job& job, const TargetCpu& cpu) {
  try {
    job.promise.set_value(obtain(job.key, *job.nest, cpu));
  } catch (...) {
    {
      std::lock_guard lock(classes().mutex);
      classes().functions.erase(job.key);  // a later attempt may find memory
    }
    job.promise.set_exception(std::current_exception());
  }
}

}  // namespace

std::vector<NestFunction> functions_of(std::span<const schedule::Nest* const> nests,
                                       const TargetCpu& cpu) {
  std::vector<std::shared_future<NestFunction>> futures;
  std::vector<Job> jobs;
  {
    std::lock_guard lock(classes().mutex);
    for (const schedule::Nest* nest : nests) {
      std::string key = cpu.name + " " + cpu.features + "\n" + schedule::to_string(*nest);
      auto [entry, fresh] = classes().functions.try_emplace(key);
      if (fresh) {
        jobs.push_back({std::move(key), nest, {}});
        entry->second = jobs.back().promise.get_future().share();
      }
      futures.push_back(entry->second);
    }
  }
  parallel_for(static_cast<int64_t>(jobs.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) run(jobs[static_cast<size_t>(i)], cpu);
  });
  std::vector<NestFunction> functions;
  for (const auto& future : futures) functions.push_back(future.get());
  return functions;
}

int64_t num_compiled_kernels() { return compiled; }

}  // namespace mycel::codegen
