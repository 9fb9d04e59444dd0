// The policy of segmentation: what is scored, where scores are cut, and which tier follows. Data that people edit.
#ifndef TIERWISE_SEGMENT_POLICY_HPP
#define TIERWISE_SEGMENT_POLICY_HPP

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tierwise/core/result.hpp>
#include <tierwise/segment/allocation.hpp>
#include <tierwise/segment/dictionary.hpp>
#include <tierwise/segment/exploratory.hpp>
#include <tierwise/segment/movers.hpp>
#include <tierwise/segment/stability.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// Scores and contributions are multiples of this, so that contributions add up to their score exactly, in any order and
/// in any language (sums of such numbers below 2^33 are exact in binary64).
inline constexpr double score_step = 0x1p-20;

/// How a column becomes a share between 0 and 1 of its term's weight.
enum class transform : std::uint8_t {
  linear,  ///< (v − low) / (high − low), cut to [0, 1]
  log,  ///< ln(1 + v − low) / ln(1 + high − low), cut to [0, 1]
  capped,  ///< v / high, cut to [0, 1]: for counts
  piecewise,  ///< straight lines between knots (v, points), flat outside them; points / out_of
  lookup,  ///< by the text of a category, points / out_of; a text that is not listed counts as missing
  grid,  ///< by the texts of two categories, `column` and `by`, points / out_of; a pair that is not listed counts as missing
};

/// One cell of a grid.
struct grid_cell {
  std::string text, by_text;
  double points = 0;

  friend bool operator==(const grid_cell&, const grid_cell&) = default;
};

/// One part of a score: `weight` · transform(column).
struct term {
  std::string column;
  double weight = 1;  ///< above 0; weights need not add up to anything
  transform how = transform::linear;
  double low = 0, high = 1;  ///< of linear and log; of capped only `high`
  std::vector<std::pair<std::string, double>> lookup = {};  ///< text → points
  std::vector<std::pair<double, double>> knots = {};  ///< value (rising) → points
  std::string by = {};  ///< the second column of a grid
  std::vector<grid_cell> grid = {};
  dictionary dict =
      dictionary::none;  ///< of `column`: spellings that the table does not list are looked up as the name they mean
  dictionary by_dict = dictionary::none;  ///< of `by`
  double out_of = 1;  ///< points of knots, lookup, grid and missing_as that are a whole share
  std::optional<double> missing_as = {};  ///< points that count where the column is missing; coverage still says it was

  friend bool operator==(const term&, const term&) = default;
};

/// out_of · Σ weight · share / Σ weight over the terms that are known or have a missing_as; coverage is the share of weight
/// that is known.
struct scorecard {
  std::vector<term> terms = {};  ///< at most 64
  double min_coverage = 0.5;  ///< below it the score is unknown
  double out_of = 100;  ///< the highest score, up to 10,000

  friend bool operator==(const scorecard&, const scorecard&) = default;
};

/// 100 · (1 − e^(−S/s₀)) over the `points` of a profile.
struct saturation {
  double s0 = 0;  ///< points that score 63; 0: fitted, the `s0_quantile` of the points
  double s0_quantile = 0.75;
  double min_coverage = 0.5;  ///< of the column contact_coverage
  bool used = true;  ///< false: engagement is not scored, which only a scheme with one level of it may say

  friend bool operator==(const saturation&, const saturation&) = default;
};

/// Where a number is cut into steps (grades or levels), best first: at least the floor of step i reaches it; below all, the last.
/// A population says what floors other than fixed ones come to; equal numbers always share a step.
struct cuts {
  enum class kind : std::uint8_t {
    fixed,  ///< floors are the numbers themselves, falling
    quantile,  ///< quantiles of the known numbers (type 7 of Hyndman and Fan 1996), falling from at most 1
    decile,  ///< lowest volume deciles, falling, 0 to 10; of a volume only
    head_share,  ///< rising shares: step i for whom less than that share of doctors has more
    volume_share,  ///< rising shares: step i for whom less than that share of the sum is held by those who have more
    natural_breaks,  ///< no floors: the classes with the least sum of squares within them (breaks.hpp)
  };
  kind how = kind::fixed;
  std::vector<double> floors = {};  ///< one for each step but the last
  std::uint8_t unknown_as =
      0;  ///< level that an unknown counts as; of grades potential::unknown_as says it for both roads
  /// Columns of text, from the finest set to the coarsest: each doctor is cut among those of the same texts. Too few of them,
  /// or a text that is missing: the next set; after the last, all doctors. Empty: all doctors.
  std::vector<std::vector<std::string>> strata = {};
  std::size_t min_stratum = 30;  ///< known numbers that a stratum needs

  friend bool operator==(const cuts&, const cuts&) = default;
};

/// Potential: volume → grade; without volume a scorecard; without either, unknown.
struct potential {
  std::string volume = {};  ///< column; empty: none
  segment::cuts cuts = {};  ///< of the volume
  scorecard card = {};  ///< may be empty
  segment::cuts card_cuts = {};
  std::uint8_t unknown_as = 0;  ///< grade that an unknown counts as

  friend bool operator==(const potential&, const potential&) = default;
};

/// What a combination of grade, identity level and engagement level is.
struct cell {
  std::uint8_t profile_type = 0;  ///< index into scheme::profile_types
  std::uint16_t tier = 0;  ///< from 1; 0: not covered

  friend bool operator==(const cell&, const cell&) = default;
};

/// The names of everything and the table that leads from levels to tiers. Up to 254 of each and 4,096 cells.
struct scheme {
  std::vector<std::string> grades;  ///< best first
  std::vector<std::string> identity_levels, engagement_levels;  ///< best first
  std::vector<std::string> profile_types;
  std::vector<std::string> resources;  ///< of tier 1, 2, …; as many as there are tiers
  std::vector<cell> cells;  ///< [grade][identity][engagement], engagement running fastest
  std::vector<std::pair<std::size_t, std::size_t>> waived;  ///< (better cell, worse cell) that may break monotonicity

  [[nodiscard]] std::size_t index(std::size_t grade, std::size_t identity, std::size_t engagement) const noexcept {
    return (grade * identity_levels.size() + identity) * engagement_levels.size() + engagement;
  }
  friend bool operator==(const scheme&, const scheme&) = default;
};

/// Something the company can do for a doctor, and what it does to a column that scores read: a visit adds points, a
/// speaker's invitation a congress. A title is nobody's to change, so nothing here may raise it.
struct effort {
  std::string id;
  std::string
      column;  ///< of numbers that a score reads: an attribute, a profile column, the volume, or points_<channel>
  double step = 1;  ///< how much one effort adds to it; above 0
  double cost = 1;  ///< of one effort, in a unit of the policy's own; above 0
  int most = 1;  ///< how often it may be made, 1 to 1,000

  friend bool operator==(const effort&, const effort&) = default;
};

struct policy {
  struct potential potential;
  scorecard identity;  ///< no terms: not scored, which only a scheme with one identity level may say
  cuts identity_cuts;
  saturation engagement;
  scorecard engagement_card;  ///< with terms it takes the place of `engagement`
  cuts engagement_cuts;
  struct scheme scheme;
  std::vector<effort> efforts = {};  ///< at most 16, Π (most + 1) at most ten million; see change.hpp
  std::optional<segment::allocation> allocation = {};  ///< what each tier gets
  std::optional<segment::exploratory> exploratory = {};  ///< segments beside the tiers
  segment::stability stability = default_stability();  ///< how much memory settled steps have; see settle.hpp
  mover_policy movers = {};  ///< what a trend makes of a doctor; see movers.hpp

  friend bool operator==(const policy&, const policy&) = default;
};

/// The segment part of the default policy, as examples/policies/default.json has it.
[[nodiscard]] policy default_policy();

/// Every fault of a policy, those of the table's shape first; empty if it is sound. Paths are JSON pointers below /segment of a
/// policy file; a fault of a cell has the path /segment/tiers/table and names the cell by grade and levels.
/// Checked: numbers finite and in range, floors falling, names unique, every cell covered, no better doctor in a worse tier
/// unless waived, as many resources as tiers, every tier reached.
[[nodiscard]] std::vector<Error> check(const policy& what);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/policy.ipp>
#endif
#endif
