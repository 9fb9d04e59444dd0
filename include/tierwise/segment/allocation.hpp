// Resources: how often a doctor of each tier is contacted, through which channels, for how much; and whether that can be done.
#ifndef TIERWISE_SEGMENT_ALLOCATION_HPP
#define TIERWISE_SEGMENT_ALLOCATION_HPP

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

inline constexpr double no_limit = std::numeric_limits<double>::infinity();

/// A channel's share of a tier's contacts.
struct channel_share {
  std::string channel;
  double share = 1;  ///< above 0, at most 1

  friend bool operator==(const channel_share&, const channel_share&) = default;
};

/// What a doctor of one tier gets in a period.
struct tier_plan {
  double contacts = 0;  ///< 0, or from 0.01 to 10,000
  std::vector<channel_share> mix = {};  ///< adds up to 1; empty only if there are no contacts
  double budget = no_limit;  ///< money for a doctor and period

  friend bool operator==(const tier_plan&, const tier_plan&) = default;
};

/// What a contact through a channel costs, and how many there can be in a period, of all doctors together.
struct channel_capacity {
  std::string channel;
  double cost = 0;  ///< money, in the same unit as the budgets
  double capacity = no_limit;  ///< contacts a period

  friend bool operator==(const channel_capacity&, const channel_capacity&) = default;
};

struct allocation {
  int period_days = 90;  ///< 1 to 3,660
  std::vector<tier_plan> tiers;  ///< of tier 1, 2, …; as many as there are tiers
  std::vector<channel_capacity> channels;  ///< every channel that a mix names, at most 64

  friend bool operator==(const allocation&, const allocation&) = default;
};

/// Every fault, empty if it is sound. Paths are JSON pointers below /segment/allocation. `channel_ids`: the channels there are.
/// Checked: as many plans as tiers, names known and each once, numbers in range, each mix adds up to 1 (within 1e-9).
[[nodiscard]] std::vector<Error> check(const allocation& what, std::size_t tiers,
                                       std::span<const std::string> channel_ids);

/// One tier's load in a period.
struct tier_load {
  std::int64_t doctors = 0;
  double contacts = 0;
  std::vector<double> by_channel;  ///< contacts, in the order of allocation::channels; they add up to `contacts`
  double cost = 0;
  double budget = 0;  ///< of all its doctors; no_limit
  double over_budget = 0;  ///< cost above it, or 0

  friend bool operator==(const tier_load&, const tier_load&) = default;
};

/// One channel's load in a period.
struct channel_load {
  std::string channel;
  double contacts = 0, cost = 0;
  double capacity = no_limit;
  double load =
      0;  ///< contacts / capacity; 0 without contacts or without limit, +∞ where contacts meet a capacity of 0
  double short_by = 0;  ///< contacts above the capacity, or 0

  friend bool operator==(const channel_load&, const channel_load&) = default;
};

struct allocation_summary {
  int period_days = 0;
  std::vector<tier_load> tiers;
  std::vector<channel_load> channels;
  std::int64_t doctors = 0;
  double contacts = 0, cost = 0;
  double budget = 0;  ///< no_limit if a tier with doctors has none
  double over_budget = 0, short_by = 0;  ///< sums: what one tier leaves over does not pay for another

  friend bool operator==(const allocation_summary&, const allocation_summary&) = default;
};

/// The plan for so many doctors of each tier. Numbers of the plan count to six decimals, as people write them; a doctor's
/// contacts are split over channels to six decimals, a rounding remainder going to the largest share, and the cost of each
/// part is rounded to six decimals. All else is whole-number arithmetic in 128 bits, so contacts and costs add up exactly over
/// channels and tiers, and no count overflows; only the finished numbers become binary64. O(tiers · channels).
/// Errors: the first of check; length_mismatch and out_of_range (a negative count, or 2^63 doctors and more) at "doctors".
[[nodiscard]] result<allocation_summary> summarise(const allocation& what, std::span<const std::int64_t> doctors);

/// How many doctors each of `tiers` tiers has; tiers count from 1. O(n). Error: out_of_range with the first row whose tier is
/// 0 or above `tiers`.
[[nodiscard]] result<std::vector<std::int64_t>> doctors_by_tier(std::span<const std::uint16_t> tier, std::size_t tiers);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/allocation.ipp>
#endif
#endif
