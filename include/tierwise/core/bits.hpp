// A set of rows, one bit a row.
#ifndef TIERWISE_CORE_BITS_HPP
#define TIERWISE_CORE_BITS_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Memory that begins on a line of the cache, so that a block of 512 rows is one line.
template <class T>
struct line_allocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};

  line_allocator() = default;
  template <class U>
  line_allocator(const line_allocator<U>&) noexcept {}

  /// Who asks is a vector, which never asks for more than there can be.
  [[nodiscard]] T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), line)); }
  void deallocate(T* at, std::size_t) noexcept { ::operator delete(at, line); }

  friend bool operator==(const line_allocator&, const line_allocator&) noexcept { return true; }
};

/// Bit i lives in word i / 64. Bits beyond size() are always zero. Not safe to change from two threads unless each
/// keeps to its own words.
class bit_set {
 public:
  bit_set() = default;
  explicit bit_set(std::size_t size) : words_((size + 63) / 64), size_(size) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool test(std::size_t i) const noexcept { return ((words_[i / 64] >> (i % 64)) & 1) != 0; }
  void set(std::size_t i) noexcept { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  [[nodiscard]] std::size_t count() const noexcept {
    std::size_t n = 0;
    for (const std::uint64_t word : words_) n += static_cast<std::size_t>(std::popcount(word));
    return n;
  }
  [[nodiscard]] std::vector<std::uint64_t, line_allocator<std::uint64_t>>& words() noexcept { return words_; }
  [[nodiscard]] const std::vector<std::uint64_t, line_allocator<std::uint64_t>>& words() const noexcept {
    return words_;
  }

  friend bool operator==(const bit_set&, const bit_set&) = default;

 private:
  std::vector<std::uint64_t, line_allocator<std::uint64_t>> words_;
  std::size_t size_ = 0;
};

}  // namespace tierwise

#endif
