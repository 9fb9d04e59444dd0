// Natural breaks: the classes of numbers on a line that differ least within themselves.
#ifndef TIERWISE_SEGMENT_BREAKS_HPP
#define TIERWISE_SEGMENT_BREAKS_HPP

#include <cstddef>
#include <span>
#include <vector>

#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// The first number of each class but the lowest, as indices that rise: min(classes, values.size()) − 1 of them.
/// The classes have the least Σ weight · (value − mean of its class)² that any classes of neighbours have (Fisher, "On grouping
/// for maximum homogeneity", 1958; Jenks 1967): the optimum, not an approximation. Of several optima each break, from the highest
/// down, is the smallest that it can be. `values` rise and are distinct; weights are above 0, as many as values or none (all 1).
/// Throws invalid_argument (values that do not rise or are not finite, weights not above 0, no class) or length_mismatch.
/// O(classes · n · log n) time, O(classes · n) memory, by dynamic programming with divide and conquer over monotone minima; sums
/// in double-double arithmetic (106 bits), so that the choice does not hang on cancellation.
[[nodiscard]] std::vector<std::size_t> natural_breaks(std::span<const double> values, std::span<const double> weights,
                                                      std::size_t classes);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/breaks.ipp>
#endif
#endif
