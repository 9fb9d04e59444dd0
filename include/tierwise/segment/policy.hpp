// The policy of segmentation: what is scored, where scores are cut, and which tier follows. Data that people edit.
#ifndef TIERWISE_SEGMENT_POLICY_HPP
#define TIERWISE_SEGMENT_POLICY_HPP

#include <string>
#include <utility>
#include <vector>

#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// How a column becomes a share between 0 and 1 of its term's weight.
enum class transform : std::uint8_t {
  linear,  ///< (v − low) / (high − low), cut to [0, 1]
  log,     ///< ln(1 + v − low) / ln(1 + high − low), cut to [0, 1]
  lookup,  ///< by the text of a category; a text that is not listed counts as missing
};

/// One part of a score: `weight` · transform(column).
struct term {
  std::string column;
  double weight = 1;  ///< above 0; weights need not add up to anything
  transform how = transform::linear;
  double low = 0, high = 1;
  std::vector<std::pair<std::string, double>> lookup;  ///< text → share

  friend bool operator==(const term&, const term&) = default;
};

/// 100 · Σ weight · share / Σ weight over the terms that are known; coverage is the share of weight that is known.
struct scorecard {
  std::vector<term> terms;     ///< at most 64
  double min_coverage = 0.5;  ///< below it the score is unknown

  friend bool operator==(const scorecard&, const scorecard&) = default;
};

/// 100 · (1 − e^(−S/s₀)) over the `points` of a profile.
struct saturation {
  double s0 = 0;               ///< points that score 63; 0: fitted, the `s0_quantile` of the points
  double s0_quantile = 0.75;
  double min_coverage = 0.5;   ///< of the column contact_coverage

  friend bool operator==(const saturation&, const saturation&) = default;
};

/// Where a score is cut into levels, best level first: at least floors[i] reaches level i; below all, the last level.
struct cuts {
  enum class kind : std::uint8_t { fixed, quantile };
  kind how = kind::fixed;
  std::vector<double> floors;      ///< falling; scores 0–100, or quantiles 0–1 of the known scores
  std::uint8_t unknown_as = 0;     ///< level that an unknown counts as

  friend bool operator==(const cuts&, const cuts&) = default;
};

/// Potential: volume → decile → grade; without volume a scorecard; without either, unknown.
struct potential {
  std::string volume;                        ///< column; empty: none
  std::vector<std::uint8_t> decile_floors;   ///< lowest decile of each grade but the last, falling: {8, 5, 2}
  scorecard card;                            ///< may be empty
  std::vector<double> card_floors;           ///< lowest score of each grade but the last, falling
  std::uint8_t unknown_as = 0;               ///< grade that an unknown counts as

  friend bool operator==(const potential&, const potential&) = default;
};

/// What a combination of grade, identity level and engagement level is.
struct cell {
  std::uint8_t profile_type = 0;  ///< index into scheme::profile_types
  std::uint16_t tier = 0;         ///< from 1; 0: not covered

  friend bool operator==(const cell&, const cell&) = default;
};

/// The names of everything and the table that leads from levels to tiers. Up to 254 of each and 4,096 cells.
struct scheme {
  std::vector<std::string> grades;         ///< best first
  std::vector<std::string> levels;         ///< best first; of identity and engagement alike
  std::vector<std::string> profile_types;
  std::vector<std::string> resources;      ///< of tier 1, 2, …; as many as there are tiers
  std::vector<cell> cells;                 ///< [grade][identity][engagement], engagement running fastest
  std::vector<std::pair<std::size_t, std::size_t>> waived;  ///< (better cell, worse cell) that may break monotonicity

  [[nodiscard]] std::size_t index(std::size_t grade, std::size_t identity, std::size_t engagement) const noexcept {
    return (grade * levels.size() + identity) * levels.size() + engagement;
  }
  friend bool operator==(const scheme&, const scheme&) = default;
};

struct policy {
  struct potential potential;
  scorecard identity;
  cuts identity_cuts;
  saturation engagement;
  cuts engagement_cuts;
  struct scheme scheme;

  friend bool operator==(const policy&, const policy&) = default;
};

/// The default policy of DESIGN section 4.
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
