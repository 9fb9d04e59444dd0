// Profiles in; grades, levels, profile types and tiers out, each with what it is made of.
#ifndef TIERWISE_SEGMENT_SEGMENT_HPP
#define TIERWISE_SEGMENT_SEGMENT_HPP

#include <array>
#include <span>
#include <vector>

#include <tierwise/core/language.hpp>
#include <tierwise/core/executor.hpp>
#include <tierwise/core/table.hpp>
#include <tierwise/segment/policy.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// The cuts of one stratum.
struct stratum {
  std::uint8_t set = 0;  ///< index into cuts::strata
  std::vector<std::string> key;  ///< texts of the columns of that set
  std::size_t doctors = 0;  ///< with a known number
  std::vector<double> floors;
  std::array<double, 11> decile_volumes{};

  friend bool operator==(const stratum&, const stratum&) = default;
};

/// Cuts as numbers: a doctor has the first step whose floor is reached, the last if none is. +∞ is a floor that nobody reaches.
struct fitted_cuts {
  std::vector<double> floors;  ///< among all doctors; they never rise
  std::array<double, 11>
      decile_volumes{};  ///< of a volume: [d] = its smallest in decile d (d ≥ 1), +∞ if the decile is empty
  std::vector<stratum> strata;  ///< by set, then by key

  friend bool operator==(const fitted_cuts&, const fitted_cuts&) = default;
};

/// A policy and what was fitted from a population. Immutable; share it between threads freely.
struct model {
  struct policy policy;
  std::vector<std::string> channels;  ///< of the points columns, for engagement contributions
  bool volume_known = false;  ///< whether any doctor of the fitted population had a volume
  double s0 = 1;  ///< points at which engagement reaches 63 of 100
  fitted_cuts volume, card, identity, engagement;

  friend bool operator==(const model&, const model&) = default;
};

/// Which road led to the grade.
enum class basis : std::uint8_t { volume, scorecard, none };

/// "volume", "scorecard", "unknown"
[[nodiscard]] std::string_view name_of(basis b) noexcept;

inline constexpr std::uint8_t unknown_level = 255;  ///< of grade and level
inline constexpr std::int8_t unknown_decile = -1;

inline constexpr std::uint16_t no_channel = 65535;
inline constexpr std::int32_t no_stratum = -1;

/// One entry per doctor in each column. Unknown numbers are `missing` (NaN).
struct assignment {
  std::vector<double> potential;  ///< volume, or scorecard score, by `potential_basis`
  std::vector<basis> potential_basis;
  std::vector<double> potential_coverage;  ///< 1 by volume, else of the scorecard
  std::vector<std::uint64_t> potential_missing;  ///< bit k: term k of the scorecard was missing
  std::vector<std::int8_t> decile;  ///< 0–10, unknown_decile
  std::vector<std::uint8_t> grade;  ///< index into scheme.grades, unknown_level
  std::vector<std::int32_t>
      potential_stratum;  ///< index into strata of model.volume or model.card, by `potential_basis`;
  ///< no_stratum: cut among all doctors, or unknown. So are the other two
  std::vector<double> identity_score, identity_coverage;
  std::vector<std::uint64_t> identity_missing;  ///< bit k: term k of the policy was missing
  std::vector<std::uint8_t> identity_level;
  std::vector<std::int32_t> identity_stratum;
  std::vector<double> engagement_score, engagement_coverage;
  std::vector<std::uint16_t> engagement_main;  ///< channel with more than half of the points, no_channel
  std::vector<std::uint64_t> engagement_missing;  ///< bit k: term k of the engagement card was missing
  std::vector<std::uint8_t> engagement_level;
  std::vector<std::int32_t> engagement_stratum;
  std::vector<std::uint8_t> profile_type;  ///< index into scheme.profile_types
  std::vector<std::uint16_t> tier;  ///< from 1
  std::vector<bad_row> rejected;  ///< cells that counted as missing, by row: infinite number, negative volume,
      ///< contact_coverage outside 0 to 1; table "hcps"

  [[nodiscard]] std::size_t size() const noexcept { return tier.size(); }
};

/// Learns deciles, s₀ and quantile cuts from a population of profiles (see profile::columns_of for the columns; a table of the
/// caller's own with the same names will do). Engagement comes from the columns named points_*, whose order in the table
/// becomes that of the channels, or from `points` if there is none. The order of rows does not matter. O(n log n).
/// Errors: missing_column, wrong_type, and the first of check(policy).
[[nodiscard]] result<model> fit(const policy& what, const table_view& profiles);

/// Assigns each doctor. A doctor's answer depends on the model and that doctor's row alone, so a batch of one gives the
/// same bytes as a batch of millions. O(n). Errors: missing_column, wrong_type, not_fitted (the model is not from `fit`).
[[nodiscard]] result<assignment> assign(const model& model, const table_view& profiles, executor* threads = nullptr);

/// The parts of the scores of many doctors, as `contributions` has them: a column for each term of a card in the policy's order, or
/// for each channel of points. The parts of a row add up to its score exactly; all are missing where the score is unknown or a plain
/// volume.
struct contribution_columns {
  std::vector<std::vector<double>> potential, identity, engagement;

  friend bool operator==(const contribution_columns&, const contribution_columns&) = default;
};

/// The same into memory of the caller's, which is used again where it is large enough: fresh memory costs more than the work. With
/// `parts` also what each score is made of, in the same pass. Beyond the results it needs 0.1 MB a thread, and 24 bytes for 4,096 rows.
/// After an error nothing is changed; a result, or no error, is true.
[[nodiscard]] result<bool> assign(const model& model, const table_view& profiles, assignment& all,
                                  contribution_columns* parts, executor* threads = nullptr);

/// One part of a score.
struct contribution {
  std::string_view column;  ///< points into the model
  double value;  ///< points of the score
  double weight_share;  ///< share of all weight; 0 where not a weighted term
  bool known;  ///< false: the column was missing, so its weight went to the others
};

enum class score : std::uint8_t { potential, identity, engagement };

/// The parts of one doctor's score, in the policy's order; their values add up to it exactly. Empty where the score is
/// unknown or a plain volume. Throws what `assign` would give as an error. Precondition: `row` < profiles.rows().
[[nodiscard]] std::vector<contribution> contributions(const model& model, const table_view& profiles, std::size_t row,
                                                      score which);

using tierwise::language;

/// One sentence: why this doctor is in this tier, unknowns and what they counted as said openly.
[[nodiscard]] std::string reason(const model& model, const assignment& all, std::size_t row,
                                 language in = language::english);

/// How many doctors and how much volume a grade holds.
struct grade_row {
  std::uint8_t grade = 0;  ///< index into scheme.grades; unknown_level: of those without a grade
  std::size_t doctors = 0;
  double doctors_share = 0;  ///< of all doctors
  double volume = 0;  ///< of those graded by volume
  double volume_share = 0;  ///< of the volume of all; 0 where there is none
};

/// One row for each grade, best first, and a last one for the unknown. O(n log n); the order of rows does not matter.
[[nodiscard]] std::vector<grade_row> grade_table(const model& model, const assignment& all);

/// The assignment as columns for rules and tags: potential, decile, grade, identity_score, identity_level,
/// engagement_score, engagement_level, profile_type, tier (types: float64, int32 and category).
/// Unknown grade, decile and levels are missing values there. Copies.
[[nodiscard]] table columns(const model& model, const assignment& all);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/segment.ipp>
#include <tierwise/segment/impl/explain.ipp>
#endif
#endif
