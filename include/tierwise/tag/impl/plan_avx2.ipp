// A block through a plan on machines with AVX2. Private to plan_run.ipp.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

namespace avx2 {

/// plain::numbers with the vector types of GCC and Clang.
template <class T>
struct numbers {
  typedef T vector __attribute__((vector_size(32)));
  typedef int ints __attribute__((vector_size(32)));
  typedef char bytes __attribute__((vector_size(32)));
  const T* values;

  explicit numbers(const T* from) noexcept : values(from) {}

  // Vectors go by reference: by value their place would depend on the machine that a caller is compiled for.
  template <bool equal_to>
  void hold(unsigned from, const vector& bound, ints& out) const noexcept {
    vector v;
    std::memcpy(&v, values + from, sizeof v);
    if constexpr (equal_to)
      out = reinterpret_cast<ints>(v == bound);
    else
      out = reinterpret_cast<ints>(v >= bound);
  }
  template <bool equal_to>
  [[nodiscard]] std::uint64_t compare(T with) const noexcept {
    const vector bound = vector{} + with;
    std::uint64_t bits = 0;
    if constexpr (sizeof(T) == sizeof(float)) {
      const ints order = {0, 4, 1, 5, 2, 6, 3, 7};  // packing works within halves
      for (unsigned from = 0; from < 64; from += 32) {
        ints a, b, c, d;
        hold<equal_to>(from, bound, a), hold<equal_to>(from + 8, bound, b);
        hold<equal_to>(from + 16, bound, c), hold<equal_to>(from + 24, bound, d);
        const auto packed =
            __builtin_ia32_packsswb256(__builtin_ia32_packssdw256(a, b), __builtin_ia32_packssdw256(c, d));
        const auto sorted = __builtin_ia32_permvarsi256(reinterpret_cast<ints>(packed), order);
        const auto signs = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(reinterpret_cast<bytes>(sorted)));
        bits |= std::uint64_t{signs} << from;
      }
    } else {
      for (unsigned from = 0; from < 64; from += 4) {
        ints held;
        hold<equal_to>(from, bound, held);
        const auto signs = static_cast<std::uint32_t>(__builtin_ia32_movmskpd256(reinterpret_cast<vector>(held)));
        bits |= std::uint64_t{signs} << from;
      }
    }
    return bits;
  }
  [[nodiscard]] std::uint64_t reach(T bound) const noexcept { return compare<false>(bound); }
  [[nodiscard]] std::uint64_t equal(T bound) const noexcept { return compare<true>(bound); }
};

/// plain::bit_of likewise.
TIERWISE_INLINE std::uint64_t bit_of(const std::uint8_t* from, unsigned k) noexcept {
  typedef char bytes __attribute__((vector_size(32)));
  typedef short shorts __attribute__((vector_size(32)));
  std::uint64_t bits = 0;
  for (unsigned at = 0; at < 64; at += 32) {
    shorts pairs;
    std::memcpy(&pairs, from + at, sizeof pairs);
    pairs = pairs << static_cast<short>(7 - k);  // the bit becomes its byte's first
    const auto signs = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(reinterpret_cast<bytes>(pairs)));
    bits |= std::uint64_t{signs} << at;
  }
  return bits;
}

/// Not here: comparisons are as quick.
template <class T>
bool compare_ranks(const plan_source&, const T*, sides*) noexcept {
  return false;
}

#include <tierwise/tag/impl/plan_block.ipp>

}  // namespace avx2

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
