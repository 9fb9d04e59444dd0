// Memory at work: a doctor near a line keeps his step until he is clearly across it, and has been where he is for a while.
#ifndef TIERWISE_SEGMENT_SETTLE_HPP
#define TIERWISE_SEGMENT_SETTLE_HPP

#include <tierwise/core/executor.hpp>
#include <tierwise/segment/stability.hpp>
#include <tierwise/segment/steps.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// What the floors are, and so which band applies.
enum class scale : std::uint8_t { volume, score };

/// Where each doctor stood when steps were last settled. All spans are of one length.
struct previous_steps {
  std::span<const std::uint8_t> step;  ///< settled; unknown_level: none (also a doctor who was not there)
  std::span<const date> since;  ///< the date from which he has had it; not read where there is none
  std::span<const std::uint8_t> plain;  ///< as cut then, without memory; may be empty
};

struct settled_steps {
  std::vector<std::uint8_t> step;
  std::vector<date> since;  ///< `as_of` where the step is new
};

/// Settles one column of steps (grades, identity levels or engagement levels). Of a doctor who had step p and is cut into n now:
///   n or p unknown, or his value is          n
///   |n − p| ≥ large_move, or n is that far from his previous plain step
///     (of which no notice is taken where it is that far from p itself)        n at once
///   less than minimum_stay_days since p      p
///   better: the best step from n whose floor he reaches by the band: value ≥ floor · (1 + band), of scores floor + band; else p
///   worse: the first step from p whose floor he misses by less than the band: value ≥ floor · (1 − band), of scores floor −
///     band; else n
/// So the answer lies between n and p, a better value never gives a worse one, and settling again on the same day changes nothing.
/// Shares of heads and of volume need nothing else: their floors are volumes as soon as a population has been fitted.
///
/// `plain` are the steps of `value` by `floors`; where they are not (another road led to the grade), give a NaN as value.
/// O(doctors); the same bytes for any executor. Errors: length_mismatch, out_of_range (a step that the floors do not have, a
/// date after `as_of`), invalid_argument (floors), and the first of check(what).
[[nodiscard]] result<settled_steps> settle(const stability& what, scale of, std::span<const std::uint8_t> plain,
                                           std::span<const double> value, const floors_view& floors, date as_of,
                                           const previous_steps& before, executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/settle.ipp>
#endif
#endif
