// tierwise starts no threads. Who wants several hands over an executor; the answers are the same bytes without one.
#ifndef TIERWISE_CORE_EXECUTOR_HPP
#define TIERWISE_CORE_EXECUTOR_HPP

#include <cstddef>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Runs the tasks 0 … count − 1, in any order, on any threads, and returns when all are done.
/// An implementation passes the first exception of a task on to the caller of `run`.
class executor {
 public:
  class job {
   public:
    virtual void run(std::size_t task) = 0;

   protected:
    ~job() = default;
  };

  virtual ~executor() = default;
  virtual void run(std::size_t count, job& work) = 0;
};

/// Calls body(begin, end) for consecutive blocks of [0, rows), through `threads` or, if null, one after the other.
/// Blocks are multiples of 64 rows, so that two tasks never share a word of a bit_set.
template <class Body>
void for_blocks(executor* threads, std::size_t rows, std::size_t block, const Body& body) {
  struct blocks final : executor::job {
    const Body& body;
    std::size_t rows, block;
    blocks(const Body& b, std::size_t r, std::size_t n) : body(b), rows(r), block(n) {}
    void run(std::size_t task) override { body(task * block, rows - task * block < block ? rows : (task + 1) * block); }
  } work(body, rows, block == 0 ? 64 : (block + 63) / 64 * 64);
  const std::size_t count = (rows + work.block - 1) / work.block;
  if (threads != nullptr && count > 1) return threads->run(count, work);
  for (std::size_t task = 0; task < count; ++task) work.run(task);
}

}  // namespace tierwise

#endif
