// Has the population moved? The population stability index of shares before and after.
// Not in tierwise.hpp: only programs that study or fit a population need it.
#ifndef TIERWISE_SEGMENT_DRIFT_HPP
#define TIERWISE_SEGMENT_DRIFT_HPP

#include <span>
#include <vector>

#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

struct drift {
  double psi = 0;             ///< Σ parts; by custom below 0.1 is stable, above 0.25 a different population
  std::vector<double> parts;  ///< of each bin, never negative
  bool smoothed = false;      ///< some bin was empty on one side only
};

/// PSI = Σ (a − e) · ln(a / e) over bins, e and a being their shares before and after (Lewis 1994; twice the mean of both
/// Kullback–Leibler divergences). Bins are those of a number (`bin_counts`) or the doctors of each category.
/// A bin that is empty on both sides counts nothing. Where some bin is empty on one side only, `smoothing` doctors (default ½,
/// Jeffreys' prior) are added on both sides to each bin that is not empty on both, so that the index stays finite; with 0 it
/// is +∞ then. Where no bin is, nothing is added.
/// Errors: length_mismatch; invalid_argument (no doctor on one side, a count that is negative or no finite number).
[[nodiscard]] result<drift> stability_index(std::span<const double> before, std::span<const double> after,
                                            double smoothing = 0.5);

/// How many values fall into each bin: below edges[0], from edges[i] to below edges[i + 1], from the last edge on, and,
/// last, no value (NaN). edges.size() + 2 counts. Throws invalid_argument unless the edges rise. O(values · log edges).
[[nodiscard]] std::vector<double> bin_counts(std::span<const double> values, std::span<const double> edges);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/drift.ipp>
#endif
#endif
