#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include <tierwise/segment/classify.hpp>

// Three ideas make this loop as fast as memory.
//
// A level is the number of floors that a score does not reach, so the number of a cell is a sum of comparisons: no branch
// and no search, and compilers turn it into vector instructions. A NaN reaches nothing under `v >= floor` and misses nothing
// under `v < floor`; asking the first k floors one way and the rest the other way gives an unknown exactly level k.
//
// Two neighbouring rows are then looked up and counted at once, as one of cells² pairs. The count and the two tiers of a
// pair share one 64-bit word, so a pair costs one load, one addition and two stores.
//
// While a block is being looked up, the next one is on its way from memory.
namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

inline constexpr std::size_t classify_block = 512;  // rows; what is kept of a block stays in the first cache
inline constexpr std::size_t prefetch_rows = 1024;  // how far ahead; 12 KB of scores, which still fit there
inline constexpr std::size_t pair_cells = 40;  // two tables of 40² words are 25 KB
inline constexpr std::size_t pair_rows = 8192;  // fewer rows do not pay for setting the tables up
inline constexpr int count_shift = 16;  // of a word of the table: two tiers below, their count above

struct cut_plan {
  std::span<const float> floors;
  std::size_t unknown_as = 0;
  std::size_t stride = 0;  // cells from one level to the next
};

struct classify_job {
  std::array<cut_plan, 3> cuts;
  std::array<const float*, 3> scores{};
  std::uint8_t* tiers = nullptr;
  std::size_t rows = 0;
  std::span<const std::uint8_t> tier_of;  // by cell
  std::int64_t* counts = nullptr;  // by cell
};

/// One row after the other: for tables too large for pairs, and for few rows.
TIERWISE_INLINE void classify_rows(const classify_job& job) noexcept {
  for (std::size_t row = 0; row < job.rows; ++row) {
    std::size_t cell = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const cut_plan& cut = job.cuts[k];
      const float value = job.scores[k][row];
      std::size_t level = value != value ? cut.unknown_as : 0;
      for (const float floor : cut.floors) level += value < floor ? 1u : 0u;
      cell += level * cut.stride;
    }
    job.tiers[row] = job.tier_of[cell];
    ++job.counts[cell];
  }
}

/// codes[i] = cell of row i, for any number of floors: one pass over the block for each.
[[gnu::always_inline]] inline void code_block(const std::array<cut_plan, 3>& cuts,
                                              const std::array<const float*, 3>& scores, std::size_t rows,
                                              std::uint8_t* __restrict codes) noexcept {
  std::memset(codes, 0, rows);
  for (std::size_t k = 0; k < 3; ++k) {
    const float* __restrict values = scores[k];
    const auto stride = static_cast<std::uint8_t>(cuts[k].stride);
    for (std::size_t j = 0; j < cuts[k].floors.size(); ++j) {
      const float floor = cuts[k].floors[j];
      if (j < cuts[k].unknown_as)
        for (std::size_t i = 0; i < rows; ++i)
          codes[i] = static_cast<std::uint8_t>(codes[i] + (values[i] >= floor ? 0 : stride));
      else
        for (std::size_t i = 0; i < rows; ++i)
          codes[i] = static_cast<std::uint8_t>(codes[i] + (values[i] < floor ? stride : 0));
    }
  }
}

/// Whether code_block_322 applies: four grades, three levels, an unknown level counts as the last (the default policy).
TIERWISE_INLINE bool is_322(const std::array<cut_plan, 3>& cuts) noexcept {
  return cuts[0].floors.size() == 3 && cuts[1].floors.size() == 2 && cuts[2].floors.size() == 2 &&
         cuts[1].unknown_as == 2 && cuts[2].unknown_as == 2;
}

/// The same as code_block in one pass, with everything in registers.
[[gnu::always_inline]] inline void code_block_322(const std::array<cut_plan, 3>& cuts,
                                                  const std::array<const float*, 3>& scores, std::size_t rows,
                                                  std::uint8_t* __restrict codes) noexcept {
  const float* __restrict p = scores[0];
  const float* __restrict q = scores[1];
  const float* __restrict r = scores[2];
  const float p0 = cuts[0].floors[0], p1 = cuts[0].floors[1], p2 = cuts[0].floors[2];
  const float q0 = cuts[1].floors[0], q1 = cuts[1].floors[1], r0 = cuts[2].floors[0], r1 = cuts[2].floors[1];
  const int a = static_cast<int>(cuts[0].stride), b = static_cast<int>(cuts[1].stride),
            c = static_cast<int>(cuts[2].stride);
  const int back = a * static_cast<int>(3 - cuts[0].unknown_as);  // a NaN misses all three floors: undo that
  for (std::size_t i = 0; i < rows; ++i) {
    const int grade = (p[i] >= p0 ? 0 : a) + (p[i] >= p1 ? 0 : a) + (p[i] >= p2 ? 0 : a) - (p[i] == p[i] ? 0 : back);
    const int levels = (q[i] >= q0 ? 0 : b) + (q[i] >= q1 ? 0 : b) + (r[i] >= r0 ? 0 : c) + (r[i] >= r1 ? 0 : c);
    codes[i] = static_cast<std::uint8_t>(grade + levels);
  }
}

/// An even number of rows, by pairs.
[[gnu::always_inline]] inline void classify_pairs(const classify_job& job) noexcept {
  const std::size_t cells = job.tier_of.size();
  std::uint64_t words[2][pair_cells * pair_cells];  // two, so that equal neighbours do not wait for each other
  for (std::size_t first = 0; first < cells; ++first)
    for (std::size_t second = 0; second < cells; ++second) {
      const std::array<std::uint8_t, 2> tiers{job.tier_of[first], job.tier_of[second]};
      words[0][first * cells + second] = words[1][first * cells + second] = std::bit_cast<std::uint16_t>(tiers);
    }
  const auto look_up = [](std::uint64_t& word, std::uint8_t* out) {
    word += std::uint64_t{1} << count_shift;
    const auto tiers = static_cast<std::uint16_t>(word);
    std::memcpy(out, &tiers, sizeof tiers);
  };

  alignas(64) std::uint8_t codes[classify_block];
  alignas(64) std::uint16_t pairs[classify_block / 2];
  const bool fused = is_322(job.cuts);
  const auto width = static_cast<std::uint16_t>(cells);
  for (std::size_t begin = 0; begin < job.rows; begin += classify_block) {
    const std::size_t rows = std::min(classify_block, job.rows - begin);
    const std::array<const float*, 3> scores{job.scores[0] + begin, job.scores[1] + begin, job.scores[2] + begin};
    if (fused)
      code_block_322(job.cuts, scores, rows, codes);
    else
      code_block(job.cuts, scores, rows, codes);
    for (std::size_t i = 0; i < rows / 2; ++i)
      pairs[i] = static_cast<std::uint16_t>(codes[2 * i] * width + codes[2 * i + 1]);

    std::uint8_t* out = job.tiers + begin;
    std::size_t i = 0;
    for (; i + 8 <= rows / 2; i += 8) {
#if defined(__GNUC__)
      // Not in a function of its own: GCC 12 takes that for one without effect and drops the call. A line is 16 floats; a
      // prefetch never faults, so it may point past the end.
      __builtin_prefetch(scores[0] + prefetch_rows + 2 * i);
      __builtin_prefetch(scores[1] + prefetch_rows + 2 * i);
      __builtin_prefetch(scores[2] + prefetch_rows + 2 * i);
#endif
      for (std::size_t j = i; j < i + 8; j += 2) {
        look_up(words[0][pairs[j]], out + 2 * j);
        look_up(words[1][pairs[j + 1]], out + 2 * j + 2);
      }
    }
    for (; i < rows / 2; ++i) look_up(words[0][pairs[i]], out + 2 * i);
  }

  for (std::size_t first = 0; first < cells; ++first)
    for (std::size_t second = 0; second < cells; ++second) {
      const std::size_t at = first * cells + second;
      const auto count = static_cast<std::int64_t>((words[0][at] >> count_shift) + (words[1][at] >> count_shift));
      job.counts[first] += count;
      job.counts[second] += count;
    }
}

// One source, compiled for three processors; which one runs is asked anew in each call, so nothing is kept anywhere.
// Comparisons and counts are exact, so all three give the same bytes. Header-only builds take what they are built for.
#if !TIERWISE_HEADER_ONLY && defined(__x86_64__) && defined(__GNUC__)
[[gnu::target("avx2")]] TIERWISE_INLINE void classify_pairs_avx2(const classify_job& job) noexcept {
  classify_pairs(job);
}
[[gnu::target("avx512f,avx512bw,avx512vl")]] TIERWISE_INLINE void classify_pairs_avx512(
    const classify_job& job) noexcept {
  classify_pairs(job);
}
TIERWISE_INLINE void classify_pairs_here(const classify_job& job) noexcept {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return classify_pairs_avx512(job);
  if (__builtin_cpu_supports("avx2")) return classify_pairs_avx2(job);
  classify_pairs(job);
}
#else
TIERWISE_INLINE void classify_pairs_here(const classify_job& job) noexcept { classify_pairs(job); }
#endif

TIERWISE_INLINE void check_float_floors(std::span<const float> floors, std::size_t steps, std::uint8_t unknown_as,
                                        const char* argument) {
  const auto refuse = [argument](std::string message) {
    throw Error(errc::invalid_argument, std::move(message), {{}, argument, -1});
  };
  if (floors.size() + 1 != steps)
    refuse("expected " + std::to_string(steps) + " − 1 floors, found " + std::to_string(floors.size()));
  for (std::size_t i = 0; i < floors.size(); ++i)
    if (floors[i] != floors[i] || (i > 0 && floors[i] > floors[i - 1]))
      refuse("floors must be numbers that do not rise");
  if (unknown_as >= steps)
    refuse("an unknown counts as step " + std::to_string(unknown_as) + " of " + std::to_string(steps));
}

}  // namespace detail

TIERWISE_INLINE std::vector<std::int64_t> classify(const scheme& scheme, const float_cuts& cuts,
                                                   std::span<const float> potential, std::span<const float> identity,
                                                   std::span<const float> engagement, std::span<std::uint8_t> tiers) {
  const std::size_t rows = potential.size(), cells = scheme.cells.size(), identities = scheme.identity_levels.size(),
                    engagements = scheme.engagement_levels.size();
  if (identity.size() != rows || engagement.size() != rows || tiers.size() != rows)
    throw Error(errc::length_mismatch,
                "potential has " + std::to_string(rows) + " rows, identity " + std::to_string(identity.size()) +
                    ", engagement " + std::to_string(engagement.size()) + ", tiers " + std::to_string(tiers.size()));
  if (cells == 0 || cells != scheme.grades.size() * identities * engagements)
    throw Error(errc::invalid_argument,
                "the scheme has " + std::to_string(cells) + " cells for " + std::to_string(scheme.grades.size()) +
                    " grades, " + std::to_string(identities) + " identity levels and " + std::to_string(engagements) +
                    " engagement levels",
                {{}, "scheme", -1});
  detail::check_float_floors(cuts.potential, scheme.grades.size(), cuts.unknown_grade_as, "potential");
  detail::check_float_floors(cuts.identity, identities, cuts.unknown_identity_as, "identity");
  detail::check_float_floors(cuts.engagement, engagements, cuts.unknown_engagement_as, "engagement");

  std::vector<std::uint8_t> tier_of(cells);
  for (std::size_t i = 0; i < cells; ++i) {
    if (scheme.cells[i].tier > 255)
      throw Error(errc::invalid_argument, "tier " + std::to_string(scheme.cells[i].tier) + " does not fit a byte",
                  {{}, "scheme", -1});
    tier_of[i] = static_cast<std::uint8_t>(scheme.cells[i].tier);
  }

  std::vector<std::int64_t> counts(cells);
  detail::classify_job job{{{{cuts.potential, cuts.unknown_grade_as, identities * engagements},
                             {cuts.identity, cuts.unknown_identity_as, engagements},
                             {cuts.engagement, cuts.unknown_engagement_as, 1}}},
                           {potential.data(), identity.data(), engagement.data()},
                           tiers.data(),
                           rows,
                           tier_of,
                           counts.data()};
  if (cells <= detail::pair_cells && rows >= detail::pair_rows) {
    const std::size_t even = rows / 2 * 2;
    job.rows = even;
    detail::classify_pairs_here(job);
    for (const float*& score : job.scores) score += even;
    job.tiers += even;
    job.rows = rows - even;
  }
  detail::classify_rows(job);
  return counts;
}

}  // namespace tierwise
