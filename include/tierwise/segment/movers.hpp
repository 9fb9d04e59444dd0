// Who is about to move: grower, rising star, fading, switched out.
#ifndef TIERWISE_SEGMENT_MOVERS_HPP
#define TIERWISE_SEGMENT_MOVERS_HPP

#include <string_view>

#include <tierwise/segment/trend.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// What a doctor's trend makes of him. The first that holds, in the order of the numbers.
enum class movement : std::uint8_t {
  unknown = 0,  ///< fewer than `least_points` dates, or the latest is older than `stale_days`
  switched_out = 1,  ///< had `once_had` or more in the window, and has less than `nothing` now
  rising_star = 2,  ///< began below `low_below` and is surely rising: a grower whom nobody has on the list yet
  grower = 3,  ///< surely rising
  fading = 4,  ///< surely falling
  steady = 5,  ///< none of these
};
inline constexpr std::size_t movements = 6;

/// "unknown", "switched_out", "rising_star", "grower", "fading", "steady"
[[nodiscard]] std::string_view name_of(movement m) noexcept;
/// For people: "rising star", "上升之星"
[[nodiscard]] std::string_view title_of(movement m, bool chinese = false) noexcept;

/// What people edit. Scores of 0 to 100 with levels from 30 and 60, as the default policy's engagement, are meant by default.
struct mover_policy {
  trend_options trend;
  double least_slope = 3;  ///< points per unit: a surely rising slope is at least this, and its interval lies above 0
  std::int32_t least_points = 3;  ///< dates with a score; at least 2
  std::int32_t stale_days = 184;  ///< a latest score older than this says nothing about now
  double once_had = 30;  ///< the floor of the medium level
  double nothing = 5;  ///< below this there is next to nothing left; at most `once_had`
  double low_below = 30;  ///< the floor of the medium level

  friend bool operator==(const mover_policy&, const mover_policy&) = default;
};

/// Every fault, place.column naming the field; empty if it is sound.
[[nodiscard]] std::vector<Error> check(const mover_policy& what);

/// One entry a doctor.
struct mover_table {
  trend_table trend;
  std::vector<movement> label;

  [[nodiscard]] std::size_t size() const noexcept { return label.size(); }
};

/// The label of one row of a trend table. Total: every row has one. Precondition: row < trend.size().
[[nodiscard]] movement label_of(const mover_policy& what, const trend_table& trend, std::size_t row) noexcept;

/// Trends and labels. Errors: the first of check(what), and those of `trends`. Complexity as `trends`.
[[nodiscard]] result<mover_table> movers(const mover_policy& what, const score_history& history, date as_of,
                                         executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/movers.ipp>
#endif
#endif
