// Truth values of a block of rows as two bits a row, and Kleene's strong logic over them.
#include <array>
#include <cstdint>
#include <span>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

inline constexpr std::size_t block_rows = 512;

/// yes implies known. Lanes beyond the rows of a block are not known.
struct lanes {
  std::array<std::uint64_t, block_rows / 64> yes{}, known{};
};

TIERWISE_INLINE void conjoin(lanes& a, const lanes& b) noexcept {  // no wins over unknown
  for (std::size_t w = 0; w < a.yes.size(); ++w) {
    const std::uint64_t no = (a.known[w] & ~a.yes[w]) | (b.known[w] & ~b.yes[w]);
    a.yes[w] &= b.yes[w];
    a.known[w] = a.yes[w] | no;
  }
}

TIERWISE_INLINE void disjoin(lanes& a, const lanes& b) noexcept {  // yes wins over unknown
  for (std::size_t w = 0; w < a.yes.size(); ++w) {
    const std::uint64_t no = a.known[w] & ~a.yes[w] & b.known[w] & ~b.yes[w];
    a.yes[w] |= b.yes[w];
    a.known[w] = a.yes[w] | no;
  }
}

TIERWISE_INLINE void negate(lanes& a) noexcept {
  for (std::size_t w = 0; w < a.yes.size(); ++w) a.yes[w] = a.known[w] & ~a.yes[w];
}

TIERWISE_INLINE lanes constant_lanes(bool value, std::size_t rows) noexcept {
  lanes out;
  for (std::size_t begin = 0; begin < rows; begin += 64)
    out.known[begin / 64] = rows - begin >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (rows - begin)) - 1;
  if (value) out.yes = out.known;
  return out;
}

/// Lanes from what `yes(i)` and `known(i)` say of row i.
template <class Yes, class Known>
void fill_lanes(lanes& out, std::size_t rows, const Yes& yes, const Known& known) noexcept {
  for (std::size_t begin = 0; begin < rows; begin += 64) {
    std::uint64_t y = 0, k = 0;
    const std::size_t n = rows - begin < 64 ? rows - begin : 64;
    for (std::size_t i = 0; i < n; ++i) {
      y |= std::uint64_t{yes(begin + i)} << i;
      k |= std::uint64_t{known(begin + i)} << i;
    }
    out.yes[begin / 64] = y & k;
    out.known[begin / 64] = k;
  }
}

/// Numbers, dates and durations compare as doubles; a missing side (NaN) leaves the row unknown.
TIERWISE_INLINE void compare_numbers(lanes& out, relation how, std::span<const double> a,
                                     std::span<const double> b) noexcept {
  const auto fill = [&](auto holds) {
    fill_lanes(
        out, a.size(), [&](std::size_t i) { return holds(a[i], b[i]); },
        [&](std::size_t i) { return a[i] == a[i] && b[i] == b[i]; });
  };
  switch (how) {
    case relation::equal: return fill([](double x, double y) { return x == y; });
    case relation::unequal: return fill([](double x, double y) { return x != y; });
    case relation::less: return fill([](double x, double y) { return x < y; });
    case relation::less_equal: return fill([](double x, double y) { return x <= y; });
    case relation::greater: return fill([](double x, double y) { return x > y; });
    case relation::greater_equal: return fill([](double x, double y) { return x >= y; });
  }
}

}  // namespace tierwise
