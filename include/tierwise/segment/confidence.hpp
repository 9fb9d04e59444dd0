// How sure is a tier? The contacts that made it are resampled, and the tier is made again.
// Not in tierwise.hpp: only programs that study or fit a population need it.
#ifndef TIERWISE_SEGMENT_CONFIDENCE_HPP
#define TIERWISE_SEGMENT_CONFIDENCE_HPP

#include <tierwise/core/executor.hpp>
#include <tierwise/segment/steps.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

struct resampling {
  std::uint64_t seed = 0;
  std::int32_t replicates = 200;  ///< 1 to 1,000,000

  friend bool operator==(const resampling&, const resampling&) = default;
};

/// What is resampled (events) and what stays (all else). Spans are of one length, but for `points` and `begin`.
struct resampled_doctors {
  std::span<const std::uint64_t> id;        ///< stable_hash of the id as text
  std::span<const double> points;  ///< what each event earned; of doctor i those in [begin[i], begin[i + 1]), in
  std::span<const std::size_t> begin;  ///< the order that profile::earned_points gives
  std::span<const std::uint8_t> grade, identity, engagement;  ///< steps as they count (an unknown as the policy says)
  std::span<const std::uint8_t> engagement_known;  ///< 0: the level is not from contacts, and so has no confidence
  floors_view engagement_floors;  ///< scores
  double s0 = 1;  ///< engagement = 100 · (1 − e^(−points / s0))
};

struct confidence {
  std::vector<double> share;  ///< of replicates in the tier that he has; NaN where engagement is not known
  std::vector<std::uint16_t> second;  ///< the other tier that came up most often, the better of equals; 0: none did
  std::vector<double> second_share;  ///< of replicates in it; 0 where none, NaN as `share`
  std::vector<std::int32_t> counts;  ///< replicates by [doctor · tiers + tier − 1], tiers being the table's largest
};

/// The weight of an event in a replicate: Poisson with mean 1 (Hanley and MacGibbon 2006; the bootstrap of a sum over a number
/// of events that is itself random). By inversion of 32 bits of Philox4x32-10 at the counter (event number, replicate / 4, id)
/// under the key `seed`; above 12 is not drawn (probability 6e-11).
[[nodiscard]] std::uint32_t poisson_weight(std::uint64_t seed, std::uint64_t id, std::uint32_t event,
                                           std::uint32_t replicate) noexcept;

/// In each replicate the points of a doctor are Σ weight · points over his events; score, level and tier follow, grade and
/// identity stay. So a share says how much of the tier is luck of which contacts took place. It is blind to what contacts cannot
/// show: a doctor without any has 1.
/// Weights multiply what an event earned under the daily limit; where a replicate drops it, none that the limit had dropped takes
/// its place. A row that stands for several contacts (count) is one event.
/// The Monte-Carlo error of a share p is √(p (1 − p) / replicates). O(events · replicates). Same bytes for any executor, and for
/// any order of doctors. Errors: length_mismatch, out_of_range, invalid_argument.
[[nodiscard]] result<confidence> resample(const resampled_doctors& doctors, const tier_table& table,
                                          const resampling& how = {}, executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/confidence.ipp>
#endif
#endif
