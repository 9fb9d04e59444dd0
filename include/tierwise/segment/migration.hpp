// Who moved between two dates, where to, and why.
// Not in tierwise.hpp: only programs that study or fit a population need it.
#ifndef TIERWISE_SEGMENT_MIGRATION_HPP
#define TIERWISE_SEGMENT_MIGRATION_HPP

#include <tierwise/segment/steps.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// Doctors by the tier that they had and the tier that they have. Tiers count from 1, the best.
struct migration {
  std::size_t tiers = 0;
  std::vector<std::int64_t> counts;     ///< [(before − 1) · tiers + after − 1]
  std::vector<std::int64_t> newcomers;  ///< [after − 1], of doctors who were not there before
  std::vector<std::int64_t> leavers;    ///< [before − 1], of doctors who are there no more
  std::int64_t up = 0, down = 0, same = 0;
};

/// `match[row]` is the row of `before` that holds the doctor in row `row` of `after`, −1 for a newcomer (id_index::match).
/// Tiers may be those of any steps, from 1. O(doctors + tiers²).
/// Errors: length_mismatch, out_of_range (a tier, a row), duplicate_hcp (two rows matched to one).
[[nodiscard]] result<migration> migrate(std::span<const std::uint16_t> before, std::span<const std::uint16_t> after,
                                        std::span<const std::int64_t> match, std::size_t tiers);

struct flow {
  std::uint16_t from = 0, to = 0;
  std::int64_t doctors = 0;
  double share = 0;  ///< of those who had `from` and are still there
};

/// The cells of the matrix in which doctors moved: most doctors first, then by `from` and `to`.
[[nodiscard]] std::vector<flow> flows(const migration& all);

/// Sixths of a tier that grade, identity and engagement each moved one doctor; positive: to a worse tier. They add up to
/// 6 · (tier after − tier before), exactly. Each axis gets the mean, over the 6 orders of replacing one axis after the other, of
/// what its replacement changed (Shapley 1953); an axis that did not change gets 0. Precondition: steps that the table has.
[[nodiscard]] std::array<std::int32_t, 3> axis_sixths(const tier_table& table,
                                                      const std::array<std::uint8_t, 3>& before,
                                                      const std::array<std::uint8_t, 3>& after) noexcept;

/// What one part of a score gained or lost.
struct part_change {
  std::size_t part = 0;  ///< index into the contributions
  double by = 0;  ///< points
};

/// The parts that changed, largest first, equals by index. Contributions are multiples of score_step, so the changes add up to
/// the change of the score exactly. Throws length_mismatch.
[[nodiscard]] std::vector<part_change> part_changes(std::span<const double> before, std::span<const double> after);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/migration.ipp>
#endif
#endif
