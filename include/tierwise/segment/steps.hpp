// What the watchers of a segmentation share: steps (grades or levels, best 0), the floors that made them, and the table of tiers.
#ifndef TIERWISE_SEGMENT_STEPS_HPP
#define TIERWISE_SEGMENT_STEPS_HPP

#include <array>
#include <span>
#include <vector>

#include <tierwise/segment/segment.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// The floors in force for each doctor, best first and never rising: a value has the first step whose floor it reaches, the
/// last step if it reaches none. Views of the caller's memory.
struct floors_view {
  std::span<const double> all;  ///< among all doctors; one for each step but the last
  std::span<const double> strata;  ///< all.size() floors of stratum 0, then of stratum 1, …
  std::span<const std::int32_t> stratum;  ///< of each doctor, −1: among all doctors. Empty: so are all of them

  [[nodiscard]] std::size_t steps() const noexcept { return all.size() + 1; }
  [[nodiscard]] std::span<const double> of(std::size_t row) const noexcept {
    if (stratum.empty() || stratum[row] < 0) return all;
    return strata.subspan(static_cast<std::size_t>(stratum[row]) * all.size(), all.size());
  }
};

/// The first step whose floor the value reaches.
[[nodiscard]] std::uint8_t step_reached(double value, std::span<const double> floors) noexcept;

/// Tier (from 1) of each combination of grade, identity level and engagement level, engagement running fastest.
struct tier_table {
  std::vector<std::uint16_t> tiers;
  std::array<std::size_t, 3> steps{};  ///< grades, identity levels, engagement levels

  [[nodiscard]] std::uint16_t of(std::size_t grade, std::size_t identity, std::size_t engagement) const noexcept {
    return tiers[(grade * steps[1] + identity) * steps[2] + engagement];
  }
};

/// The three things that make a tier.
enum class axis : std::uint8_t { grade, identity, engagement };

/// "grade", "identity", "engagement"
[[nodiscard]] std::string_view name_of(axis which) noexcept;

namespace detail {
/// Throws invalid_argument or length_mismatch, naming the argument, unless the floors are sound for that many doctors:
/// no NaN, never rising, strata in range.
void require_sound(const floors_view& floors, std::size_t doctors, const char* argument);
/// Throws invalid_argument unless the table has a tier from 1 in each cell.
void require_sound(const tier_table& table);
}  // namespace detail

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/steps.ipp>
#endif
#endif
