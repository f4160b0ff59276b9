// Trains LeNet-5 on MNIST, or on built-in synthetic digits where MNIST is not found.
//
//   build/release/examples/lenet --epochs 5 --mode graph
#include <mycel/mycel.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>
#include <string_view>

namespace data = mycel::data;
namespace nn = mycel::nn;
namespace optim = mycel::optim;
using mycel::Tensor, mycel::Tensors;

// LeNet-5 with rectifiers and max pooling (LeCun et al. 1998).
struct LeNet : nn::Module {
  nn::Conv2d conv1 = add("conv1", nn::Conv2d(1, 6, 5, {.padding = 2}));
  nn::Conv2d conv2 = add("conv2", nn::Conv2d(6, 16, 5));
  nn::Linear fc1 = add("fc1", nn::Linear(400, 120));
  nn::Linear fc2 = add("fc2", nn::Linear(120, 84));
  nn::Linear fc3 = add("fc3", nn::Linear(84, 10));

  Tensor operator()(Tensor x) const {
    x = max_pool2d(relu(conv1(x)), {.kernel_size = {2}});
    x = max_pool2d(relu(conv2(x)), {.kernel_size = {2}});
    return log_softmax(fc3(relu(fc2(relu(fc1(flatten(x, 1)))))));
  }
};

using Dataset = std::shared_ptr<const data::Dataset>;
using Clock = std::chrono::steady_clock;
using Step = std::function<Tensors(const Tensor&, const Tensor&)>;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr const char* kUsage =
    "--data DIR, --epochs N, --batch-size B, --mode eager|graph, --seed S or "
    "--optimizer adadelta|sgd|adamw";

struct Options {
  std::string data;
  int64_t epochs = 2, batch_size = 64;
  uint64_t seed = 0;
  std::string mode = "graph", optimizer = "adadelta";
};

int64_t number(const std::string& text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != text.npos) {
    throw std::invalid_argument("a number of up to nine digits");
  }
  return std::stoll(text);
}

std::string one_of(const std::string& text, std::initializer_list<const char*> choices) {
  std::string list;
  for (const char* choice : choices) {
    if (text == choice) return text;
    list += (list.empty() ? "" : " or ") + std::string(choice);
  }
  throw std::invalid_argument(list);
}

// From pairs of "--name value".
Options parse(int count, char** arguments) {
  Options o;
  std::map<std::string, std::function<void(std::string)>> setters{
      {"--data", [&](std::string text) { o.data = text; }},
      {"--epochs", [&](std::string text) { o.epochs = number(text); }},
      {"--batch-size", [&](std::string text) { o.batch_size = number(text); }},
      {"--mode", [&](std::string text) { o.mode = one_of(text, {"eager", "graph"}); }},
      {"--seed", [&](std::string text) { o.seed = static_cast<uint64_t>(number(text)); }},
      {"--optimizer",
       [&](std::string text) { o.optimizer = one_of(text, {"adadelta", "sgd", "adamw"}); }},
  };
  for (int i = 1; i < count; i += 2) {
    std::string name = arguments[i], value = i + 1 < count ? arguments[i + 1] : "";
    auto setter = setters.find(name);
    if (setter == setters.end()) {
      throw std::invalid_argument(std::string("expects ") + kUsage + ", got " + name);
    }
    try {
      if (value.empty()) throw std::invalid_argument("a value");
      setter->second(value);
    } catch (const std::invalid_argument& expected) {
      throw std::invalid_argument(name + " expects " + expected.what() + ", got " +
                                  (value.empty() ? "nothing" : value));
    }
  }
  return o;
}

std::unique_ptr<optim::Optimizer> make_optimizer(const std::string& name, const LeNet& model) {
  if (name == "adadelta") return std::make_unique<optim::Adadelta>(model.parameters());
  if (name == "adamw") return std::make_unique<optim::AdamW>(model.parameters());
  return std::make_unique<optim::SGD>(model.parameters(),
                                      optim::SGDOptions{.lr = 0.05, .momentum = 0.9});
}

// Training and test set: MNIST where it is found, else the synthetic digits.
std::pair<Dataset, Dataset> load_data(const std::string& folder) {
  if (auto found = data::find_mnist(folder)) {
    std::printf("data: MNIST in %s\n", found->c_str());
    return {std::make_shared<data::Mnist>(*found, true),
            std::make_shared<data::Mnist>(*found, false)};
  }
  std::printf("data: built-in synthetic digits (no MNIST found; --data DIR says where it is)\n");
  return {std::make_shared<data::SyntheticDigits>(12000, 1),
          std::make_shared<data::SyntheticDigits>(2000, 2)};
}

void progress(int64_t epoch, int64_t done, int64_t total, double loss, double accuracy,
              Clock::time_point start) {
  double elapsed = seconds_since(start);
  std::string bar(static_cast<size_t>(20 * done / total), '#');
  std::printf(
      "\repoch %ld [%-20s] %ld/%ld  loss %.4f  accuracy %.4f  %.0f samples/s  %.0f s left %s",
      epoch, bar.c_str(), done, total, loss, accuracy, done / elapsed,
      elapsed * (total - done) / done, done == total ? "\n" : "");
  std::fflush(stdout);
}

// The share of the images whose most likely class is right.
double evaluate(const LeNet& model, const Dataset& dataset) {
  auto forward = mycel::jit([&](Tensor x) { return argmax(model(x), {.dim = 1}); });
  mycel::GradMode no_grad(false);
  model.eval();
  double correct = 0;
  for (const data::Batch& batch : data::DataLoader(dataset, {.batch_size = 500})) {
    Tensors fields = data::to_tensors(batch);
    correct += sum(forward(fields[0]) == fields[1]).item<double>();
  }
  model.train();
  return correct / dataset->size();
}

void run(const Options& options) {
  mycel::manual_seed(options.seed);
  auto [train, test] = load_data(options.data);
  LeNet model;
  auto optimizer = make_optimizer(options.optimizer, model);
  optim::StepLR scheduler(*optimizer, 1, 0.7);
  data::DataLoader loader(
      train, {.batch_size = options.batch_size, .shuffle = true, .seed = options.seed});

  auto train_step = [&](const Tensor& x, const Tensor& y) -> Tensors {
    optimizer->zero_grad();
    Tensor output = model(x), loss = nll_loss(output, y);
    loss.backward();
    optimizer->step();
    return {loss, sum(argmax(output, {.dim = 1}) == y)};
  };
  Step step = train_step;
  // The one line: forward, loss, gradient and update as one graph.
  if (options.mode == "graph") step = mycel::jit(train_step);

  bool watched = isatty(STDOUT_FILENO) != 0;  // a file gets the last line of an epoch
  for (int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    Clock::time_point start = Clock::now(), shown = start;
    int64_t done = 0;
    double correct = 0;
    for (const data::Batch& batch : loader) {
      Tensors fields = data::to_tensors(batch), out = step(fields[0], fields[1]);
      done += batch[1].size();
      correct += out[1].item<double>();
      if (done < train->size() && (!watched || seconds_since(shown) < 0.2)) continue;
      shown = Clock::now();
      progress(epoch, done, train->size(), out[0].item<double>(), correct / done, start);
    }
    scheduler.step();
  }
  std::printf("test accuracy: %.4f\n", evaluate(model, test));
}

int main(int count, char** arguments) {
  std::string_view first = count > 1 ? arguments[1] : "";
  if (first == "-h" || first == "--help") {
    std::printf("Trains LeNet-5. Options: %s\n", kUsage);
    return 0;
  }
  try {
    run(parse(count, arguments));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
