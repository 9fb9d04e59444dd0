// A set of rows, one bit a row.
#ifndef TIERWISE_CORE_BITS_HPP
#define TIERWISE_CORE_BITS_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI {

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
  [[nodiscard]] std::vector<std::uint64_t>& words() noexcept { return words_; }
  [[nodiscard]] const std::vector<std::uint64_t>& words() const noexcept { return words_; }

  friend bool operator==(const bit_set&, const bit_set&) = default;

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

}  // namespace tierwise

#endif
