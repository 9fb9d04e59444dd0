// The inner loop alone: three finished scores to tiers and counts, at the speed of memory.
#ifndef TIERWISE_SEGMENT_CLASSIFY_HPP
#define TIERWISE_SEGMENT_CLASSIFY_HPP

#include <cstdint>
#include <span>
#include <vector>

#include <tierwise/segment/policy.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// Cuts of three float32 scores: at least floors[i] reaches step i, best first; NaN is an unknown.
/// Thresholds are float32 like the data: a doctor on the line is not moved by rounding.
struct float_cuts {
  std::vector<float> potential, identity, engagement;  ///< falling; one for each grade or level but the last
  std::uint8_t unknown_grade_as = 0, unknown_identity_as = 0, unknown_engagement_as = 0;
};

/// Writes each doctor's tier and adds up how many doctors are in each cell of `scheme` ([grade][identity][engagement],
/// unknowns counted where they count as). One pass, no allocation but the counts; any number of rows. Tables of up to 40
/// cells run at the speed of memory (benchmarks/kernels/segment.py), larger ones row by row.
/// Throws length_mismatch (spans differ) or invalid_argument (floors do not fit the scheme, a tier above 255).
std::vector<std::int64_t> classify(const scheme& scheme, const float_cuts& cuts, std::span<const float> potential,
                                   std::span<const float> identity, std::span<const float> engagement,
                                   std::span<std::uint8_t> tiers);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/classify.ipp>
#endif
#endif
