// The roof of a kernel that streams: reading its input, and no more.
#ifndef TIERWISE_BENCHMARKS_READ_ALL_HPP
#define TIERWISE_BENCHMARKS_READ_ALL_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace benchmarks {

/// Reads every byte once: a sum of 64-bit words in 16 accumulators, so that no addition waits for another.
inline std::uint64_t read_all(std::span<const std::byte> bytes) {
  std::array<std::uint64_t, 16> sums{};
  const std::size_t step = sizeof sums;
  for (std::size_t at = 0; at + step <= bytes.size(); at += step) {
    std::array<std::uint64_t, 16> words;
    std::memcpy(words.data(), bytes.data() + at, step);
    for (std::size_t i = 0; i < 16; ++i) sums[i] += words[i];
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t part : sums) sum += part;
  return sum;
}

}  // namespace benchmarks

#endif
