// Exploratory segments: groups that somebody found elsewhere (k-means, a Gaussian mixture) and that live in the policy.
#ifndef TIERWISE_SEGMENT_EXPLORATORY_HPP
#define TIERWISE_SEGMENT_EXPLORATORY_HPP

#include <cstdint>
#include <string>
#include <vector>

#include <tierwise/core/executor.hpp>
#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// One dimension: z = (column − mean) / scale.
struct feature {
  std::string column;
  double mean = 0, scale = 1;  ///< scale is above 0

  friend bool operator==(const feature&, const feature&) = default;
};

/// One segment.
struct component {
  std::string name;
  double weight = 1;  ///< of a mixture; weights add up to 1
  std::vector<double> centre;  ///< z, one number a feature
  /// Of a mixture: the d variances, or the lower triangle of the covariance matrix by rows, d(d + 1)/2 numbers. Else empty.
  std::vector<double> covariance = {};

  friend bool operator==(const component&, const component&) = default;
};

struct exploratory {
  enum class kind : std::uint8_t {
    k_means,  ///< the nearest centre, by Euclidean distance
    gaussian_mixture,  ///< the component with the greatest responsibility
  };
  kind how = kind::k_means;
  std::vector<feature> features;  ///< at most 64
  std::vector<component> components;  ///< at most 254

  friend bool operator==(const exploratory&, const exploratory&) = default;
};

/// Every fault, empty if it is sound. Paths are JSON pointers below /segment/exploratory. Checked: numbers in range, names unique,
/// centres and covariances of the right size, weights adding up to 1 (within 1e-6), covariances positive definite (Cholesky's
/// method meets no pivot below 1e-12 of the variance there). O(components · features³).
[[nodiscard]] std::vector<Error> check(const exploratory& what);

inline constexpr std::int32_t unknown_segment = -1;

/// One entry per doctor in each column. A doctor who misses a feature has no segment: unknown_segment, and NaN.
struct exploratory_assignment {
  std::vector<std::int32_t> segment;  ///< index into components; ties go to the smaller
  std::vector<double> probability;  ///< of a mixture: the responsibility of that component; k-means: NaN
  std::vector<double> distance;  ///< to the centre, in z; of a mixture Mahalanobis', by the component's covariance
  std::vector<bad_row>
      rejected;  ///< infinite numbers (not_finite), which count as missing, and rows too far from every
  ///< centre to be told apart in binary64 (out_of_range); table "hcps", by row

  [[nodiscard]] std::size_t size() const noexcept { return segment.size(); }
};

/// Assigns each doctor, whose row alone decides: any batch, row order and number of threads give the same bytes.
/// O(rows · components · features), of a mixture with covariances features².
/// Errors: missing_column, wrong_type (text), the first of check.
[[nodiscard]] result<exploratory_assignment> assign(const exploratory& what, const table_view& profiles,
                                                    executor* threads = nullptr);

/// Of a mixture, responsibilities by row and component, the component running fastest: w·N(z; μ, Σ) / Σ w·N(z; μ, Σ), by
/// logarithms (log-sum-exp), so that far rows do not divide 0 by 0. NaN where `assign` gives unknown_segment.
/// Errors: as assign; invalid_argument for k-means.
[[nodiscard]] result<std::vector<double>> responsibilities(const exploratory& what, const table_view& profiles,
                                                           executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/exploratory.ipp>
#endif
#endif
