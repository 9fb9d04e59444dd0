// Exact quantiles and volume shares of a column on one machine, without sorting or copying it.
#ifndef TIERWISE_CORE_QUANTILES_HPP
#define TIERWISE_CORE_QUANTILES_HPP

#include <span>
#include <vector>

#include <tierwise/core/summary.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Type 7 quantiles of the numbers that are neither missing nor infinite, as `summary::quantile` gives them while it is exact;
/// NaN if there are none. `at`: from 0 to 1, in any order; up to 10,000.
/// Reads the column two or three times: a histogram over the leading order-preserving bits of each number, then one of the next
/// bits where an answer lies, then the few numbers left are sorted. A column of few distinct numbers (a sample tells) is counted
/// instead, in one pass. O(rows); beyond that 0.6 MB and rows / 100 bytes, and 10 KB an answer. Throws `wrong_type` for text,
/// `invalid_argument` for an `at` outside 0 to 1.
[[nodiscard]] std::vector<double> quantiles(const column_view& values, std::span<const double> at);
[[nodiscard]] std::vector<double> quantiles(const number_source& values, std::span<const double> at);

/// As `summary::floors_by_volume` while it is exact: smallest number of each class of volume, decided with whole numbers.
/// Cost and errors as above; 0.8 MB, and 30 KB a share.
[[nodiscard]] std::vector<double> floors_by_volume(const column_view& values, std::span<const double> shares);
[[nodiscard]] std::vector<double> floors_by_volume(const number_source& values, std::span<const double> shares);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/quantiles.ipp>
#endif
#endif
