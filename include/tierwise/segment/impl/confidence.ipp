#include <algorithm>
#include <cmath>

#include <tierwise/core/random.hpp>
#include <tierwise/segment/confidence.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// 2^32 · P(weight ≤ k), rounded down.
inline constexpr std::array<std::uint32_t, 12> poisson_below = {1580030168, 3160060337, 3950075421, 4213413783,
                                                                4279248373, 4292415291, 4294609777, 4294923276,
                                                                4294962463, 4294966817, 4294967252, 4294967292};

TIERWISE_INLINE std::array<std::uint32_t, 4> poisson_weights(std::uint64_t seed, std::uint64_t id, std::uint32_t event,
                                                             std::uint32_t block) noexcept {
  auto bits = philox4x32({event, block, static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(id >> 32)},
                         {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  for (std::uint32_t& b : bits) {
    std::uint32_t weight = 0;
    for (const std::uint32_t below : poisson_below) weight += b >= below ? 1 : 0;
    b = weight;
  }
  return bits;
}

/// As assign scores: a multiple of score_step, so that a score on the line is on the line here too.
TIERWISE_INLINE double score_of(double points, double s0) noexcept {
  if (!(points > 0)) return 0;
  return std::clamp(std::rint(-100 * std::expm1(-points / s0) / score_step) * score_step + 0.0, 0.0, 100.0);
}

TIERWISE_INLINE void require_sound(const resampled_doctors& d, const tier_table& table, const resampling& how) {
  require_sound(table);
  const auto refuse = [](errc code, const char* message, const char* argument) {
    throw Error(code, message, {.path = {}, .column = argument});
  };
  if (how.replicates < 1 || how.replicates > 1'000'000)
    refuse(errc::invalid_argument, "expected 1 to 1,000,000", "replicates");
  if (!(d.s0 > 0)) refuse(errc::invalid_argument, "expected a number above 0", "s0");
  const std::size_t doctors = d.id.size();
  for (const auto& [found, argument] : {std::pair{d.begin.size(), "begin"},
                                        {d.grade.size() + 1, "grade"},
                                        {d.identity.size() + 1, "identity"},
                                        {d.engagement.size() + 1, "engagement"},
                                        {d.engagement_known.size() + 1, "engagement_known"}})
    if (found != doctors + 1) refuse(errc::length_mismatch, "expected an entry for each doctor", argument);
  if (d.begin.front() != 0 || d.begin.back() != d.points.size() || !std::ranges::is_sorted(d.begin))
    refuse(errc::length_mismatch, "expected rising places in 'points'", "begin");
  require_sound(d.engagement_floors, doctors, "engagement_floors");
  if (d.engagement_floors.steps() != table.steps[2])
    refuse(errc::length_mismatch, "the floors and the table have different numbers of steps", "engagement_floors");
  for (std::size_t row = 0; row < doctors; ++row)
    if (d.grade[row] >= table.steps[0] || d.identity[row] >= table.steps[1] || d.engagement[row] >= table.steps[2])
      refuse(errc::out_of_range, "expected steps that the table has", "grade, identity, engagement");
  if (!std::ranges::all_of(d.points, [](double p) { return std::isfinite(p); }))
    refuse(errc::invalid_argument, "expected finite points", "points");
}

}  // namespace detail

TIERWISE_INLINE std::uint32_t poisson_weight(std::uint64_t seed, std::uint64_t id, std::uint32_t event,
                                             std::uint32_t replicate) noexcept {
  return detail::poisson_weights(seed, id, event, replicate / 4)[replicate % 4];
}

TIERWISE_INLINE result<confidence> resample(const resampled_doctors& doctors, const tier_table& table,
                                            const resampling& how, executor* threads) try {
  detail::require_sound(doctors, table, how);
  const std::size_t rows = doctors.id.size(), tiers = *std::ranges::max_element(table.tiers);
  confidence out{std::vector<double>(rows, missing), std::vector<std::uint16_t>(rows),
                 std::vector<double>(rows, missing), std::vector<std::int32_t>(rows * tiers)};
  const auto replicates = static_cast<std::uint32_t>(how.replicates);
  for_blocks(threads, rows, 256, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      if (doctors.engagement_known[row] == 0) continue;
      const std::span<std::int32_t> counts(out.counts.data() + row * tiers, tiers);
      const auto events = doctors.points.subspan(doctors.begin[row], doctors.begin[row + 1] - doctors.begin[row]);
      const auto floors = doctors.engagement_floors.of(row);
      const auto tier = [&](std::size_t engagement) {
        return table.of(doctors.grade[row], doctors.identity[row], engagement);
      };
      for (std::uint32_t from = 0; from < replicates; from += 4) {
        std::array<double, 4> points{};
        for (std::size_t e = 0; e < events.size(); ++e) {
          const auto weights =
              detail::poisson_weights(how.seed, doctors.id[row], static_cast<std::uint32_t>(e), from / 4);
          for (std::size_t r = 0; r < 4; ++r) points[r] += weights[r] * events[e];
        }
        for (std::uint32_t r = 0; r < std::min(4u, replicates - from); ++r)
          ++counts[tier(step_reached(detail::score_of(points[r], doctors.s0), floors)) - 1u];
      }
      const std::size_t own = tier(doctors.engagement[row]) - 1u;
      std::size_t second = tiers;
      for (std::size_t t = 0; t < tiers; ++t)
        if (t != own && counts[t] > (second == tiers ? 0 : counts[second])) second = t;
      out.share[row] = counts[own] / static_cast<double>(how.replicates);
      out.second[row] = second == tiers ? std::uint16_t{0} : static_cast<std::uint16_t>(second + 1);
      out.second_share[row] = second == tiers ? 0 : counts[second] / static_cast<double>(how.replicates);
    }
  });
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise::segment
