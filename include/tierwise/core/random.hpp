// Random numbers without state: the n-th number of a stream is a function of the stream's key and n.
#ifndef TIERWISE_CORE_RANDOM_HPP
#define TIERWISE_CORE_RANDOM_HPP

#include <array>
#include <cstdint>
#include <string_view>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
/// Checked in the tests against the known-answer vectors published with Random123.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                                std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

/// A stable 64-bit number for an id or a purpose: FNV-1a (Fowler, Noll, Vo), the same on every platform.
[[nodiscard]] constexpr std::uint64_t stable_hash(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

/// The stream of one doctor for one purpose. Two streams with different keys are independent;
/// the same three keys give the same numbers everywhere and always.
class random_stream {
 public:
  constexpr random_stream(std::uint64_t seed, std::uint64_t id, std::uint64_t purpose) noexcept
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        id_(id ^ (purpose * 0x9E3779B97F4A7C15)),
        salt_(static_cast<std::uint32_t>(purpose ^ (purpose >> 32))) {}

  constexpr random_stream(std::uint64_t seed, std::string_view hcp_id, std::string_view purpose) noexcept
      : random_stream(seed, stable_hash(hcp_id), stable_hash(purpose)) {}

  /// The next 32 random bits.
  constexpr std::uint32_t next() noexcept {
    if (used_ == 4) {
      block_ =
          philox4x32({static_cast<std::uint32_t>(id_), static_cast<std::uint32_t>(id_ >> 32), salt_, index_++}, key_);
      used_ = 0;
    }
    return block_[used_++];
  }

  /// Uniform on [0, 1), with 53 random bits.
  constexpr double uniform() noexcept {
    const std::uint64_t high = next();
    return static_cast<double>(((high << 32) | next()) >> 11) * 0x1p-53;
  }

  /// Uniform on {0, …, n − 1}. Precondition: n > 0. Bias below n / 2^32.
  constexpr std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{next()} * n) >> 32);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint64_t id_;
  std::uint32_t salt_;
  std::uint32_t index_ = 0;
  std::array<std::uint32_t, 4> block_{};
  std::uint32_t used_ = 4;
};

}  // namespace tierwise

#endif
