// Where a score is going: the straight line through a doctor's dated scores, and how sure its direction is.
#ifndef TIERWISE_SEGMENT_TREND_HPP
#define TIERWISE_SEGMENT_TREND_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <tierwise/core/date.hpp>
#include <tierwise/core/executor.hpp>
#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// Dated scores of many doctors: those of doctor i are items begin[i] … begin[i + 1]. `begin` has one entry more than there
/// are doctors, starts with 0, never falls, and ends with the number of items. A NaN score is one that nobody knows, and is
/// left out. Items of one doctor may come in any order and at any distance; two of one date count as their mean.
struct score_history {
  std::span<const std::size_t> begin;
  std::span<const date> on;
  std::span<const double> score;

  [[nodiscard]] std::size_t doctors() const noexcept { return begin.empty() ? 0 : begin.size() - 1; }
};

enum class trend_method : std::uint8_t { least_squares, theil_sen };

/// How a trend is measured.
struct trend_options {
  trend_method method = trend_method::least_squares;
  double unit_days = 365.25 / 4;  ///< a slope is in points of score per so many days: per quarter
  std::int32_t window_days = 730;  ///< looks at (as_of − window, as_of]; nothing later is ever looked at
  double half_life_days =
      std::numeric_limits<double>::infinity();  ///< weight 2^(−age/half-life), mean 1; infinite: all equal
  double confidence = 0.9;  ///< of the interval
  double noise = 10;  ///< how far one score lies from its line, in points, before it is seen; see `pooled_noise`
  std::int32_t noise_strength =
      2;  ///< that guess counts like so many degrees of freedom; 0: the doctor's own scores alone

  friend bool operator==(const trend_options&, const trend_options&) = default;
};

/// Every fault, place.column naming the option; empty if it is sound.
[[nodiscard]] std::vector<Error> check(const trend_options& what);

/// One entry a doctor in each column; NaN is unknown.
struct trend_table {
  std::vector<double> slope;  ///< points per unit; unknown below two dates
  std::vector<double> standard_error;  ///< of the slope; unknown where nothing tells it
  std::vector<double> low, high;  ///< interval of the slope; ±∞ where the error is unknown but the slope is not
  std::vector<double> last;  ///< the latest known score in the window
  std::vector<double> first;  ///< the earliest
  std::vector<double> best;  ///< the highest
  std::vector<std::int32_t> points;  ///< dates with a known score
  std::vector<std::int32_t> age_days;  ///< as_of − date of `last`; −1 if there is none

  [[nodiscard]] std::size_t size() const noexcept { return slope.size(); }
};

/// The trend of each doctor as of a date. With dates t (in units), weights w (mean 1) and means weighted by w:
///
/// least_squares  b = Σ w(t − t̄)(y − ȳ) / Σ w(t − t̄)²,  se² = s² / Σ w(t − t̄)²,  s² = (k·noise² + Σ w e²) / (k + n − 2),
///                interval b ± t(k + n − 2)·se. k = noise_strength: a moderated variance (Smyth 2004, Stat. Appl. Genet. Mol.
///                Biol. 3:3), without which three scores that happen to lie on a line would be certain. With k = 0 it is the
///                textbook's (Draper and Smith 1998, ch. 1), as numpy.polyfit(…, cov=True).
/// theil_sen      b = weighted median of (yj − yi)/(tj − ti) by weight wi·wj·(tj − ti) (Theil 1950, Sen 1968, weights of
///                Jaeckel 1972), s = 1.4826 · median |e − median e|; the rest as above. One wild score does not move it.
///
/// A doctor's row depends on that doctor's items alone. O(n log n) a doctor, Theil–Sen O(n² log n).
/// Errors: the first of check(what); length_mismatch (the spans do not fit); not_finite (an infinite score), invalid_date.
[[nodiscard]] result<trend_table> trends(const trend_options& what, const score_history& history, date as_of,
                                         executor* threads = nullptr);

/// The latest known score of each doctor in (at − within_days, at], the mean of its date; NaN if there is none. What a doctor had
/// one, two, three periods ago, for a forecast. O(items). Errors: as `trends`; out_of_range (within_days below 1).
[[nodiscard]] result<std::vector<double>> latest_scores(const score_history& history, date at,
                                                        std::int32_t within_days);

/// The noise that the scores of a population have: √(Σ e² / Σ (n − 2)) over doctors with three dates or more (least squares);
/// NaN if there is none. To be put into `trend_options::noise`. Errors as `trends`. The order of doctors does not matter.
[[nodiscard]] result<double> pooled_noise(const trend_options& what, const score_history& history, date as_of);

/// The quantile (0 < probability < 1) of Student's t with `freedom` ≥ 1 degrees of freedom, to about 14 digits: its distribution
/// is a finite sum for whole degrees (Abramowitz and Stegun 26.7.3–4), inverted by bisection.
[[nodiscard]] double student_quantile(double probability, std::int32_t freedom);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/trend.ipp>
#endif
#endif
