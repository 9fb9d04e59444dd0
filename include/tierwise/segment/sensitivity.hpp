// How many tiers hang on where the cuts are, and who is near one.
// Not in tierwise.hpp: only programs that study or fit a population need it.
#ifndef TIERWISE_SEGMENT_SENSITIVITY_HPP
#define TIERWISE_SEGMENT_SENSITIVITY_HPP

#include <tierwise/segment/steps.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// One axis of all doctors.
struct cut_axis {
  std::span<const double> value;  ///< what is cut; NaN: not cut by these floors (unknown, or graded by another road)
  std::span<const std::uint8_t> step;  ///< what counts where the value is NaN; not read elsewhere
  floors_view floors;
};

/// All three, in the order of `axis`, and what follows from them.
struct cut_axes {
  std::array<cut_axis, 3> of;
  tier_table table;
};

/// What moving one cut would do.
struct cut_effect {
  std::size_t cut = 0;  ///< index of the floor: between step `cut` and `cut` + 1
  double move = 0;  ///< as asked for
  std::int64_t crossed = 0;  ///< doctors who would change their step
  std::int64_t better = 0, worse = 0;  ///< of them, those who would get a better or a worse tier
};

/// For each cut of an axis and each move, in that order, how many doctors would change step and tier, all else as it is. The cut
/// moves in all strata alike: `by_share`: floor · (1 + move), else floor + move. It stops at the cuts beside it. Exact: each
/// count is what assigning everybody again would give. O(n log n + cuts · (n + strata · moves · log n)).
/// Errors: length_mismatch, out_of_range, invalid_argument (a move that is not finite or below −1 by share).
[[nodiscard]] result<std::vector<cut_effect>> sensitivity(const cut_axes& all, axis which,
                                                          std::span<const double> moves, bool by_share = false);

inline constexpr std::uint8_t no_cut = 255;

/// The nearest cut of an axis for each doctor.
struct nearest_cuts {
  std::vector<std::uint8_t> cut;  ///< no_cut where the value is unknown or there is no finite floor next to it
  std::vector<double>
      distance;  ///< floor − value: above 0 the cut is above him, else he is at least on it; NaN with no_cut
  std::vector<std::uint16_t> across;  ///< his tier on its other side, all else as it is; his own tier with no_cut
  std::vector<std::uint16_t> tier;  ///< his tier now
};

/// In the units of the value; of a cut above and one below at the same distance, the one above. O(n · cuts).
/// Errors: as `sensitivity`.
[[nodiscard]] result<nearest_cuts> nearest(const cut_axes& all, axis which);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/sensitivity.ipp>
#endif
#endif
