// How much memory a segmentation has: part of a policy. What it does: settle.hpp.
#ifndef TIERWISE_SEGMENT_STABILITY_HPP
#define TIERWISE_SEGMENT_STABILITY_HPP

#include <vector>

#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// How much memory. All zero: none, and settled steps are the plain ones.
struct stability {
  double volume_band = 0;              ///< share of the floor, 0 to below 1; of floors that are volumes
  double score_band = 0;               ///< points, 0 to 100; of floors that are scores
  std::int32_t minimum_stay_days = 0;  ///< 0 to 3,660
  std::uint8_t large_move = 2;         ///< steps, from 1: at least so many are taken at once

  friend bool operator==(const stability&, const stability&) = default;
};

/// The shipped parameters. The volume band was chosen on real years that the report does not use: docs/stability.md.
[[nodiscard]] stability default_stability() noexcept;

/// Every fault. Paths are JSON pointers below /segment/stability of a policy file.
[[nodiscard]] std::vector<Error> check(const stability& what);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/stability.ipp>
#endif
#endif
