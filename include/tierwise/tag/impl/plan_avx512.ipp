// A block through a plan on machines with AVX-512 F and BW (and BMI1, as all of them), whose comparisons answer in bits. Private to plan_run.ipp.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,bmi"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,bmi")
#endif

namespace avx512 {

// Numbers of the comparisons (VCMPPS, Intel's manual, table "Comparison Predicate"): quiet, so that a missing number is not a fault.
inline constexpr int equal_quiet = 0x00, reach_quiet = 0x1d, round_as_is = 4;

/// plain::numbers with the vector types of GCC and Clang.
template <class T>
struct numbers {
  static constexpr unsigned lanes = 64 / sizeof(T);
  typedef T vector __attribute__((vector_size(64)));
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

typedef float floats __attribute__((vector_size(64)));
typedef int ints __attribute__((vector_size(64)));
typedef char bytes __attribute__((vector_size(64)));

/// The entries of a table of 16; of an index the lowest four bits count.
[[gnu::always_inline]] inline void pick(const floats& table, const ints& index, floats& out) noexcept {
#if defined(__clang__)
  out = __builtin_ia32_permvarsf512(table, index);
#else
  out = __builtin_ia32_permvarsf512_mask(table, index, table, 0xffff);
#endif
}
/// One more where the mask says so.
[[gnu::always_inline]] inline void count(std::uint16_t where, ints& at) noexcept {
#if defined(__clang__)
  at = __builtin_ia32_selectd_512(where, at + 1, at);
#else
  at = __builtin_ia32_paddd512_mask(at, ints{} + 1, at, where);
#endif
}

TIERWISE_INLINE bool compare_ranks(const plan_source&, const double*, sides*) noexcept { return false; }

/// How many of the sorted bounds each of a block's values reaches, plus the size of the tree.
template <unsigned levels>
void find_leaves(const float* tree, const float* values, char* leaves) noexcept {
  floats top, last;
  std::memcpy(&top, tree, sizeof top);
  std::memcpy(&last, tree + (1u << levels) - 16, sizeof last);
  for (std::size_t from = 0; from < block_rows; from += 64) {  // four vectors, as each step waits for the one before it
    floats value[4];
    ints node[4];
    std::memcpy(value, values + from, sizeof value);
    for (ints& n : node) n = ints{} + 1;
    for (unsigned level = 0; level < levels; ++level)
      for (unsigned i = 0; i < 4; ++i) {
        floats bound;
        pick(level < 4 ? top : last, node[i], bound);
        const auto right = __builtin_ia32_cmpps512_mask(value[i], bound, reach_quiet, 0xffff, round_as_is);
        node[i] += node[i];
        count(right, node[i]);
      }
    for (std::size_t i = 0; i < 4; ++i) {
      typedef char quarter __attribute__((vector_size(16)));
      const auto narrow = __builtin_convertvector(node[i], quarter);
      std::memcpy(leaves + from + 16 * i, &narrow, sizeof narrow);
    }
  }
}

/// Bounds are found in a tree for each value; then questions compare 64 bytes at once in place of 16 numbers.
TIERWISE_INLINE bool compare_ranks(const plan_source& source, const float* values, sides* at) noexcept {
  if (source.tree.empty()) return false;
  bytes leaf[block_words];
  (source.tree.size() == 32 ? find_leaves<5> : find_leaves<4>)(source.tree.data(), values,
                                                               reinterpret_cast<char*>(leaf));
  auto reached = static_cast<char>(source.tree.size());
  constexpr int above = 0x6;
  for (const number_question& q : source.reaches) {
    const bytes bound = bytes{} + reached++;
    for (std::size_t w = 0; w < block_words; ++w)
      at[q.slot].yes[w] = __builtin_ia32_cmpb512_mask(leaf[w], bound, above, ~std::uint64_t{0});
  }
  return true;
}

#include <tierwise/tag/impl/plan_block.ipp>  // NOLINT(readability-duplicate-include): for each kind of machine

}  // namespace avx512

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
