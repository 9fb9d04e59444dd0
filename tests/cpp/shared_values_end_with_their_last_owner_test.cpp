#include <doctest/doctest.h>

#include <thread>
#include <utility>
#include <vector>

#include <tierwise/core/shared_value.hpp>

namespace {

// Counts how many of it are alive and own something.
struct counted {
  int* alive;
  explicit counted(int& n) : alive(&n) { ++n; }
  counted(counted&& other) noexcept : alive(std::exchange(other.alive, nullptr)) {}
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  counted& operator=(counted&&) = delete;
  ~counted() {
    if (alive != nullptr) --*alive;
  }
};

}  // namespace

TEST_CASE("a shared value lives exactly as long as it has an owner") {
  int alive = 0;
  {
    tierwise::shared_value<counted> none;
    CHECK_FALSE(none);
    tierwise::shared_value<counted> first{counted(alive)};
    CHECK(alive == 1);
    {
      tierwise::shared_value<counted> second = first;
      CHECK(&*second == &*first);
      none = second;
      second = second;  // NOLINT: to itself on purpose
      CHECK(second);
    }
    first = {};
    CHECK_FALSE(first);
    CHECK(alive == 1);
    tierwise::shared_value<counted> moved = std::move(none);
    CHECK(moved);
    moved = tierwise::shared_value<counted>{counted(alive)};
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}

TEST_CASE("owners on several threads come and go") {
  int alive = 0;
  {
    const tierwise::shared_value<counted> value{counted(alive)};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([copy = value] {
        for (int n = 0; n < 10'000; ++n) tierwise::shared_value<counted> another = copy;
      });
    for (std::thread& thread : threads) thread.join();
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}
