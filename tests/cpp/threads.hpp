// An executor over std::thread, as a caller would write one.
#ifndef TIERWISE_TESTS_THREADS_HPP
#define TIERWISE_TESTS_THREADS_HPP

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <tierwise/core/executor.hpp>

namespace tests {

class thread_executor final : public tierwise::executor {
 public:
  explicit thread_executor(std::size_t threads) : threads_(threads) {}

  void run(std::size_t count, job& work) override {
    std::atomic<std::size_t> next{0};
    std::mutex guard;
    std::exception_ptr failure;
    const auto loop = [&] {
      for (std::size_t task; (task = next++) < count;) try {
          work.run(task);
        } catch (...) {
          const std::lock_guard lock(guard);
          if (!failure) failure = std::current_exception();
        }
    };
    {
      std::vector<std::jthread> crew;
      for (std::size_t i = 0; i < threads_; ++i) crew.emplace_back(loop);
    }
    if (failure) std::rethrow_exception(failure);
  }

 private:
  std::size_t threads_;
};

}  // namespace tests

#endif
