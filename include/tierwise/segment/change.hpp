// The way up: the cheapest thing a company can do that would move a doctor to a better tier, found exactly.
#ifndef TIERWISE_SEGMENT_CHANGE_HPP
#define TIERWISE_SEGMENT_CHANGE_HPP

#include <tierwise/segment/segment.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// How often one effort is made.
struct effort_count {
  std::size_t effort = 0;  ///< index into policy.efforts
  int times = 0;           ///< above 0

  friend bool operator==(const effort_count&, const effort_count&) = default;
};

/// What the three scores are, and the steps they reach. Unknown numbers are `missing`, unknown steps `unknown_level`.
struct standing {
  double potential = missing, identity = missing, engagement = missing;
  std::uint8_t grade = unknown_level, identity_level = unknown_level, engagement_level = unknown_level;
  std::uint16_t tier = 0;

  friend bool operator==(const standing&, const standing&) = default;
};

enum class way_up : std::uint8_t {
  found,
  best_tier,     ///< no cell of the table is in a better tier
  out_of_reach,  ///< not even all that may be done leads to a better tier
};

/// One doctor's way to a better tier.
struct change {
  way_up outcome = way_up::out_of_reach;
  double cost = 0;                    ///< Σ times · cost, in the policy's own unit
  std::vector<effort_count> efforts;  ///< in the policy's order; empty unless found
  standing now, then;                 ///< `then` equals `now` unless found

  friend bool operator==(const change&, const change&) = default;
};

/// The cheapest way to any better tier for each doctor, in the order of rows: among all numbers of times from 0 to `most` of each
/// effort of the policy, the one with the least cost that leads to a smaller tier number; of equal costs the fewest efforts, then
/// more of the effort that the policy lists first.
///
/// An effort made n times adds n · step to its column, all efforts on one column in the policy's order; a cell that is
/// missing, or counts as missing, stays so, and an effort on it does nothing for that doctor. Scores, cuts and strata are those of `assign`: the
/// changed row, given to `assign`, has the tier that is said here. Found by branch and bound over whole numbers: a branch is left only
/// when its cost is too high or when even the best values of all columns in it reach no better tier, so nothing is missed.
/// Usually some hundred evaluations a doctor; never more than Π (most + 1), which `check` keeps below ten million.
/// Errors: those of `assign`, and missing_column where an effort names a column that no score reads.
[[nodiscard]] result<std::vector<change>> smallest_changes(const model& model, const table_view& profiles,
                                                           executor* threads = nullptr);

/// One sentence: "2 more visits and 1 more meeting (cost 5): engagement from 41.2 (medium) to 62.0 (high), tier 4 → tier 3".
[[nodiscard]] std::string words(const model& model, const change& what, language in = language::english);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/change.ipp>
#endif
#endif
