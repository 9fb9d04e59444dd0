// Bodies of segment/movers.hpp.
#ifndef TIERWISE_SEGMENT_IMPL_MOVERS_IPP
#define TIERWISE_SEGMENT_IMPL_MOVERS_IPP

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include <tierwise/segment/movers.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

TIERWISE_INLINE std::string_view name_of(movement m) noexcept {
  constexpr std::array<std::string_view, movements> names{"unknown", "switched_out", "rising_star",
                                                          "grower",  "fading",       "steady"};
  const auto at = static_cast<std::size_t>(m);
  return at < names.size() ? names[at] : std::string_view();
}

TIERWISE_INLINE std::string_view title_of(movement m, bool chinese) noexcept {
  constexpr std::array<std::string_view, movements> english{"unknown", "switched out", "rising star",
                                                            "grower",  "fading",       "steady"};
  constexpr std::array<std::string_view, movements> zh{"未知", "已流失", "上升之星", "增长", "减退", "平稳"};
  const auto at = static_cast<std::size_t>(m);
  return at >= movements ? std::string_view() : chinese ? zh[at] : english[at];
}

TIERWISE_INLINE std::vector<Error> check(const mover_policy& what) {
  std::vector<Error> out = check(what.trend);
  const auto expect = [&](bool sound, const char* column, const char* expected) {
    if (!sound) out.emplace_back(errc::out_of_range, std::string("expected ") + expected, place{{}, column, -1});
  };
  expect(what.least_slope >= 0 && std::isfinite(what.least_slope), "least_slope", "a finite number, at least 0");
  expect(what.least_points >= 2, "least_points", "at least 2");
  expect(what.stale_days >= 0, "stale_days", "at least 0 days");
  expect(std::isfinite(what.once_had), "once_had", "a finite score");
  expect(std::isfinite(what.low_below), "low_below", "a finite score");
  expect(what.nothing <= what.once_had, "nothing", "a score that is not above once_had");
  return out;
}

TIERWISE_INLINE movement label_of(const mover_policy& what, const trend_table& trend, std::size_t row) noexcept {
  if (trend.points[row] < what.least_points || trend.age_days[row] > what.stale_days) return movement::unknown;
  if (trend.best[row] >= what.once_had && trend.last[row] < what.nothing) return movement::switched_out;
  if (trend.slope[row] >= what.least_slope && trend.low[row] > 0)
    return trend.first[row] < what.low_below ? movement::rising_star : movement::grower;
  if (trend.slope[row] <= -what.least_slope && trend.high[row] < 0) return movement::fading;
  return movement::steady;
}

TIERWISE_INLINE result<mover_table> movers(const mover_policy& what, const score_history& history, date as_of,
                                           executor* threads) {
  if (std::vector<Error> faults = check(what); !faults.empty()) return faults.front();
  result<trend_table> trend = trends(what.trend, history, as_of, threads);
  if (!trend) return trend.error();
  mover_table out{std::move(trend).value(), {}};
  out.label.resize(out.trend.size());
  for (std::size_t row = 0; row < out.label.size(); ++row) out.label[row] = label_of(what, out.trend, row);
  return out;
}

}  // namespace tierwise

#endif
