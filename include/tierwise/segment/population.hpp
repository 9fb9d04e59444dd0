// A population as summaries, so that a fit can be made from parts: of machines, countries, or days that never meet.
// Not in tierwise.hpp: only programs that study or fit a population need it.
#ifndef TIERWISE_SEGMENT_POPULATION_HPP
#define TIERWISE_SEGMENT_POPULATION_HPP

#include <span>
#include <string>
#include <vector>

#include <tierwise/core/summary.hpp>
#include <tierwise/segment/segment.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// The numbers of one stratum (see cuts::strata).
struct stratum_summary {
  std::uint8_t set = 0;  ///< index into cuts::strata
  std::vector<std::string> key;  ///< texts of the columns of that set
  summary numbers;

  friend bool operator==(const stratum_summary&, const stratum_summary&) = default;
};

/// The numbers that one set of cuts is fitted from.
struct cuts_summary {
  summary all;
  std::vector<stratum_summary> strata;  ///< by set, then by key

  friend bool operator==(const cuts_summary&, const cuts_summary&) = default;
};

/// All that `fit` needs of a population. Any split of the doctors, merged in any order, gives the same bytes.
struct population_summary {
  std::vector<std::string> channels;  ///< of the points columns
  cuts_summary volume, card, identity;  ///< known volumes; scores, unless they are cut by fixed numbers
  cuts_summary engagement;  ///< scores of the engagement card, or points where contact_coverage suffices
  summary points;  ///< where contact_coverage is known at all: for s₀

  /// Adds the doctors of another. Error: invalid_argument if the channels are others; then nothing is changed.
  /// Both must have been made with the same policy.
  [[nodiscard]] result<bool> merge(const population_summary& other);

  [[nodiscard]] std::vector<std::uint8_t> to_bytes() const;
  /// Trusts nothing. Error: invalid_argument.
  [[nodiscard]] static result<population_summary> from_bytes(std::span<const std::uint8_t> bytes);

  friend bool operator==(const population_summary&, const population_summary&) = default;
};

/// Reads the columns that `fit` reads, block by block. O(n · log strata). Errors: those of `fit`.
[[nodiscard]] result<population_summary> summarise(const policy& what, const table_view& profiles);

/// The model of `fit(what, profiles)`: equal to it while each summary is exact (but that shares of volume are decided without
/// rounding here); else cuts are off as `summary` states. Precondition: made with this policy.
/// Errors: the first of check(what), and invalid_argument where a key has not the columns of its set.
[[nodiscard]] result<model> fit(const policy& what, const population_summary& population);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/population.ipp>
#endif
#endif
