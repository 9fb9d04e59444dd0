// The inner loops of scorecards for the processor at hand.
#ifndef TIERWISE_SEGMENT_IMPL_KERNELS_IPP
#define TIERWISE_SEGMENT_IMPL_KERNELS_IPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <tierwise/core/column.hpp>

namespace tierwise::inline TIERWISE_ABI::segment::detail {

/// Among doubles from 2^32 on neighbours are score_step apart, so that adding this number rounds to a multiple of it, of two the even
/// one; std::rint would be a call for each row on processors without SSE4. For numbers from −2^31 to 2^31, and missing ones.
inline constexpr double round_shift = 0x1.8p32;

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// Copies past the caches what nobody reads soon: a plain store would first read what it overwrites. Order it with finish_stream.
inline void stream(const void* from, std::size_t bytes, void* to) noexcept {
#ifdef __SSE2__
  if (reinterpret_cast<std::uintptr_t>(to) % 16 == 0 && bytes % 16 == 0) {
    const auto* const source = static_cast<const char*>(from);
    auto* const target = static_cast<char*>(to);
    for (std::size_t at = 0; at < bytes; at += 16)
      _mm_stream_si128(reinterpret_cast<__m128i*>(target + at),
                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + at)));
    return;
  }
#endif
  std::memcpy(to, from, bytes);
}

inline void finish_stream() noexcept {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

/// What the inner loops need to know of a term.
struct term_numbers {
  double weight = 1, low = 0, high = 1;
  double fallback = missing;  // share of those that are missing; missing if they do not count
  std::uint64_t bit = 0;
};

/// See lanes.ipp.
struct card_kernels {
  bool (*any_refused)(std::size_t, const double*, double, double) noexcept;
  bool (*whole_places)(std::size_t, const double*, std::uint64_t, std::uint64_t*) noexcept;
  void (*add_shares)(std::size_t, const double*, const term_numbers&, double*, double*, std::uint64_t*) noexcept;
  bool (*add_linear)(std::size_t, const double*, const term_numbers&, double*, double*, std::uint64_t*) noexcept;
  void (*finish_scores)(std::size_t, double, const double*, const double*, const double*, double*) noexcept;
  void (*spread_parts)(std::size_t, std::size_t, const double*, const double*, double*, std::size_t) noexcept;
  void (*find_steps)(std::size_t, const double*, const double*, std::size_t, std::int64_t, std::int64_t*) noexcept;
};

}  // namespace tierwise

#define TIERWISE_LANES 16
#define TIERWISE_KERNELS bytes16
#include <tierwise/segment/impl/lanes.ipp>
#undef TIERWISE_LANES
#undef TIERWISE_KERNELS

// Only in the compiled library: there the choice is made in one place, whatever the users' own flags are.
#if !TIERWISE_HEADER_ONLY && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx2")
#define TIERWISE_LANES 32
#define TIERWISE_KERNELS bytes32
#include <tierwise/segment/impl/lanes.ipp>
#undef TIERWISE_LANES
#undef TIERWISE_KERNELS
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl")
#define TIERWISE_LANES 64
#define TIERWISE_KERNELS bytes64
#include <tierwise/segment/impl/lanes.ipp>
#undef TIERWISE_LANES
#undef TIERWISE_KERNELS
#pragma GCC pop_options
#define TIERWISE_WIDE_KERNELS 1
#else
#define TIERWISE_WIDE_KERNELS 0
#endif

namespace tierwise::inline TIERWISE_ABI::segment::detail {

/// Those that this processor can run, the narrowest first; the others are null.
inline std::array<const card_kernels*, 3> usable_kernels() noexcept {
  std::array<const card_kernels*, 3> out{&bytes16::all};
#if TIERWISE_WIDE_KERNELS
  if (__builtin_cpu_supports("avx2")) out[1] = &bytes32::all;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    out[2] = &bytes64::all;
#endif
  return out;
}

inline const card_kernels& kernels() noexcept {
  const auto usable = usable_kernels();
  return *(usable[2] != nullptr ? usable[2] : usable[1] != nullptr ? usable[1] : usable[0]);
}

}  // namespace tierwise

#undef TIERWISE_WIDE_KERNELS

#endif
