// What a benchmark program holds: its operator new counts. To be included by the one source file of a program.
#ifndef TIERWISE_BENCHMARKS_COUNTED_MEMORY_HPP
#define TIERWISE_BENCHMARKS_COUNTED_MEMORY_HPP

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace benchmarks {

constexpr std::size_t front = 16;  // of each block: its size
inline std::size_t held = 0, most_held = 0;

inline void* count_up(std::size_t size) {
  void* block = std::malloc(size + front);
  if (block == nullptr) std::abort();
  std::memcpy(block, &size, sizeof size);
  held += size;
  most_held = std::max(most_held, held);
  return static_cast<char*>(block) + front;
}

inline void count_down(void* at) {
  if (at == nullptr) return;
  void* block = static_cast<char*>(at) - front;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  held -= size;
  std::free(block);
}

}  // namespace benchmarks

void* operator new(std::size_t size) { return benchmarks::count_up(size); }
void* operator new(std::size_t size, std::align_val_t) { return benchmarks::count_up(size); }
void operator delete(void* at) noexcept { benchmarks::count_down(at); }
void operator delete(void* at, std::size_t) noexcept { benchmarks::count_down(at); }
void operator delete(void* at, std::align_val_t) noexcept { benchmarks::count_down(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { benchmarks::count_down(at); }

#endif
