// A block through a plan on machines with AVX-512 F and BW (and BMI1, as all of them), whose comparisons answer in bits. Private to plan_run.ipp.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,bmi"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,bmi")
#endif

namespace avx512 {

/// plain::numbers with the vector types of GCC and Clang.
template <class T>
struct numbers {
  static constexpr unsigned lanes = 64 / sizeof(T);
  typedef T vector __attribute__((vector_size(64)));
  // Numbers of the comparisons (VCMPPS, Intel's manual, table "Comparison Predicate"): quiet, so that a missing number is not a fault.
  static constexpr int equal_quiet = 0x00, reach_quiet = 0x1d, round_as_is = 4;

  vector values[sizeof(T)];

  explicit numbers(const T* from) noexcept { std::memcpy(values, from, sizeof values); }

  template <int how>
  [[nodiscard]] std::uint64_t mask(unsigned at, const vector& bound) const noexcept {
    if constexpr (sizeof(T) == sizeof(float))
      return __builtin_ia32_cmpps512_mask(values[at], bound, how, 0xffff, round_as_is);
    else
      return __builtin_ia32_cmppd512_mask(values[at], bound, how, 0xff, round_as_is);
  }
  template <int how>
  [[nodiscard]] std::uint64_t compare(T with) const noexcept {
    const vector bound = vector{} + with;
    if constexpr (sizeof(T) == sizeof(float)) {  // masks joined where they are
      const std::uint64_t low = __builtin_ia32_kunpcksi(static_cast<std::uint32_t>(mask<how>(1, bound)),
                                                        static_cast<std::uint32_t>(mask<how>(0, bound)));
      const std::uint64_t high = __builtin_ia32_kunpcksi(static_cast<std::uint32_t>(mask<how>(3, bound)),
                                                         static_cast<std::uint32_t>(mask<how>(2, bound)));
      return __builtin_ia32_kunpckdi(high, low);
    }
    std::uint64_t out = 0;
    for (unsigned at = 0; at < sizeof(T); ++at) out |= mask<how>(at, bound) << (lanes * at);
    return out;
  }
  [[nodiscard]] std::uint64_t reach(T bound) const noexcept { return compare<reach_quiet>(bound); }
  [[nodiscard]] std::uint64_t equal(T bound) const noexcept { return compare<equal_quiet>(bound); }
};

/// plain::bit_of likewise.
TIERWISE_INLINE std::uint64_t bit_of(const std::uint8_t* from, unsigned k) noexcept {
  typedef char bytes __attribute__((vector_size(64)));
  typedef short shorts __attribute__((vector_size(64)));
  shorts pairs;
  std::memcpy(&pairs, from, sizeof pairs);
  pairs = pairs << static_cast<short>(7 - k);  // the bit becomes its byte's first
  return __builtin_ia32_cvtb2mask512(reinterpret_cast<bytes>(pairs));
}

#include <tierwise/tag/impl/plan_block.ipp>  // NOLINT(readability-duplicate-include): for each kind of machine

}  // namespace avx512

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
