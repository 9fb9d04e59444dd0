// The inner loops of scorecards, for several rows at once. Included once for each kind of processor, with TIERWISE_LANES (bytes of a
// vector) and TIERWISE_KERNELS (a namespace) set; no templates, so that a target set by pragma holds for all of it. Written out with
// vector types, since a compiler that minds floating-point exceptions leaves a choice between two numbers as a branch, and a branch on
// whether a number is missing costs ten times what the arithmetic does. Each operation is that of one row, so every width gives the
// same bytes. `rows` is a multiple of 8 everywhere. Nothing is called that other code may call too: what is compiled for a new processor
// must not be linked into what runs on an old one.

// NOLINTBEGIN(misc-redundant-expression): what is missing is not equal to itself
namespace tierwise::inline TIERWISE_ABI::segment::detail::TIERWISE_KERNELS {

typedef double numbers __attribute__((vector_size(TIERWISE_LANES), aligned(8), may_alias));
typedef std::int64_t masks __attribute__((vector_size(TIERWISE_LANES), aligned(8), may_alias));
inline constexpr std::size_t width = TIERWISE_LANES / 8;

[[gnu::always_inline]] inline numbers& numbers_at(double* at) noexcept { return *reinterpret_cast<numbers*>(at); }
[[gnu::always_inline]] inline const numbers& numbers_at(const double* at) noexcept {
  return *reinterpret_cast<const numbers*>(at);
}
[[gnu::always_inline]] inline masks& masks_at(std::uint64_t* at) noexcept { return *reinterpret_cast<masks*>(at); }
[[gnu::always_inline]] inline masks& masks_at(std::int64_t* at) noexcept { return *reinterpret_cast<masks*>(at); }

[[gnu::always_inline]] inline numbers choose(const masks& where, const numbers& then,
                                             const numbers& otherwise) noexcept {
  return reinterpret_cast<numbers>((reinterpret_cast<const masks&>(then) & where) |
                                   (reinterpret_cast<const masks&>(otherwise) & ~where));
}

/// See round_shift.
[[gnu::always_inline]] inline numbers rounded(const numbers& value) noexcept {
  return value + round_shift - round_shift;
}

/// Whether a number is infinite or outside [low, high]; a missing one is neither.
inline bool any_refused(std::size_t rows, const double* values, double low, double high) noexcept {
  masks refused{};
  for (std::size_t i = 0; i < rows; i += width) {
    const numbers v = numbers_at(values + i);
    refused |= (v < low) | (v > high) | (v == infinity) | (v == -infinity);
  }
  std::int64_t any = 0;
  for (std::size_t i = 0; i < width; ++i) any |= refused[i];
  return any != 0;
}

/// Places of numbers in a table of what 0, 1, 2, … come to: `none` for the missing. Whether any other number is not in it.
inline bool whole_places(std::size_t rows, const double* values, std::uint64_t none, std::uint64_t* places) noexcept {
  constexpr double shift = 0x1p52;  // from here on neighbours are 1 apart, and the last bits are the whole number
  const numbers zero{}, shifted = shift - zero;
  const auto below = static_cast<double>(none);
  const auto last = static_cast<std::int64_t>(none);
  masks others{};
  for (std::size_t i = 0; i < rows; i += width) {
    const numbers v = numbers_at(values + i);
    const masks inside = (v >= 0) & (v < below);
    const numbers at = choose(inside, v, zero) + shift;
    const masks found = inside & (at - shift == v);
    others |= ~found & (v == v);
    masks_at(places + i) = ((reinterpret_cast<masks>(at) ^ reinterpret_cast<masks>(shifted)) & found) | (last & ~found);
  }
  std::int64_t any = 0;
  for (std::size_t i = 0; i < width; ++i) any |= others[i];
  return any != 0;
}

/// Adds one term of a card: shares become weighted shares, `fallback` (which may be missing too) for those that are missing.
inline void add_shares(std::size_t rows, const double* shares, const term_numbers& of, double* parts, double* sum,
                       std::uint64_t* absent) noexcept {
  const numbers none{}, fallback = of.fallback - none;
  const auto bit = static_cast<std::int64_t>(of.bit);
  for (std::size_t i = 0; i < rows; i += width) {
    const numbers share = numbers_at(shares + i);
    const masks known = share == share;
    masks_at(absent + i) |= bit & ~known;
    const numbers part = of.weight * choose(known, share, fallback);
    numbers_at(parts + i) = part;
    const masks counts = part == part;
    numbers_at(sum + i) += choose(counts, part, none);
  }
}

/// The same of numbers whose share is linear between low and high; an infinite one counts as missing. Whether there is any.
inline bool add_linear(std::size_t rows, const double* values, const term_numbers& of, double* parts, double* sum,
                       std::uint64_t* absent) noexcept {
  const numbers none{}, fallback = of.fallback - none, low = of.low - none, high = of.high - none;
  const numbers unknown = missing - none;
  const double range = of.high - of.low;
  masks refused{};
  const auto bit = static_cast<std::int64_t>(of.bit);
  for (std::size_t i = 0; i < rows; i += width) {
    const numbers v = numbers_at(values + i);
    const masks below = v < low;
    const numbers raised = choose(below, low, v);
    const masks above = high < raised;
    const masks infinite = (v == infinity) | (v == -infinity);
    refused |= infinite;
    const numbers inside = (choose(above, high, raised) - low) / range;
    const numbers share = choose(infinite, unknown, inside);
    const masks known = share == share;
    masks_at(absent + i) |= bit & ~known;
    const numbers part = of.weight * choose(known, share, fallback);
    numbers_at(parts + i) = part;
    const masks counts = part == part;
    numbers_at(sum + i) += choose(counts, part, none);
  }
  std::int64_t any = 0;
  for (std::size_t i = 0; i < width; ++i) any |= refused[i];
  return any != 0;
}

/// Weighted sums become scores, missing where there is no scale.
inline void finish_scores(std::size_t rows, double out_of, const double* sum, const double* counted,
                          const double* scale, double* score) noexcept {
  const numbers none{}, most = out_of - none, unknown = missing - none;
  for (std::size_t i = 0; i < rows; i += width) {
    numbers value = rounded(out_of * numbers_at(sum + i) / numbers_at(counted + i));
    const masks positive = value > none;
    value = choose(positive, value, none);
    const masks below = value < most;
    value = choose(below, value, most);
    const numbers points = numbers_at(scale + i);
    const masks known = points == points;
    numbers_at(score + i) = choose(known, value, unknown);
  }
}

/// Weighted shares become points of the score: each is rounded to a multiple of score_step, and the rest goes to the largest, the first
/// of equals. A share that does not count gets 0; where the score is missing, all are. `stride`: from one term to the next.
inline void spread_parts(std::size_t rows, std::size_t terms, const double* score, const double* scale, double* parts,
                         std::size_t stride) noexcept {
  const numbers none{}, unknown = missing - none, least = -infinity - none;
  for (std::size_t i = 0; i < rows; i += width) {
    const numbers total = numbers_at(score + i);
    const masks known = total == total;
    const numbers zero = choose(known, none, unknown);
    const numbers points_of = choose(known, numbers_at(scale + i), unknown);
    numbers sum = none, best = least;
    masks at{};
    for (std::size_t k = 0; k < terms; ++k) {
      numbers& part = numbers_at(parts + k * stride + i);
      const numbers share = part;
      const masks counts = share == share;
      const numbers points = rounded(share * points_of);
      part = choose(counts, points, zero);
      sum += part;
      const masks larger = counts & (points > best);
      best = choose(larger, points, best);
      at = (at & ~larger) | (static_cast<std::int64_t>(k) & larger);
    }
    const numbers rest = total - sum;
    for (std::size_t k = 0; k < terms; ++k) {
      const masks here = at == static_cast<std::int64_t>(k);
      numbers_at(parts + k * stride + i) += choose(here, rest, none);
    }
  }
}

/// The first step whose floor a score reaches, the last if it reaches none; `unknown` where it is missing.
inline void find_steps(std::size_t rows, const double* score, const double* floors, std::size_t floor_count,
                       std::int64_t unknown, std::int64_t* step) noexcept {
  const masks none{};
  for (std::size_t i = 0; i < rows; i += width) {
    const numbers value = numbers_at(score + i);
    masks found = none + static_cast<std::int64_t>(floor_count);
    for (std::size_t k = floor_count; k-- > 0;) {
      const masks reached = value >= floors[k];
      found = (found & ~reached) | (static_cast<std::int64_t>(k) & reached);
    }
    const masks known = value == value;
    masks_at(step + i) = (found & known) | (unknown & ~known);
  }
}

inline constexpr card_kernels all{any_refused,   whole_places, add_shares, add_linear,
                                  finish_scores, spread_parts, find_steps};

}  // namespace tierwise
// NOLINTEND(misc-redundant-expression)
