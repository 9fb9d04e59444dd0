#include <algorithm>
#include <cmath>
#include <limits>

#include <tierwise/segment/drift.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

TIERWISE_INLINE result<drift> stability_index(std::span<const double> before, std::span<const double> after,
                                              double smoothing) {
  if (before.size() != after.size())
    return Error(errc::length_mismatch, "expected as many bins as in 'before'", {.path = {}, .column = "after"});
  if (!(smoothing >= 0) || std::isinf(smoothing))
    return Error(errc::invalid_argument, "expected a finite number of at least 0", {.path = {}, .column = "smoothing"});
  drift out;
  out.parts.assign(before.size(), 0);
  double all_before = 0, all_after = 0, bins = 0;
  for (std::size_t bin = 0; bin < before.size(); ++bin) {
    for (const auto& [counts, name] : {std::pair{before, "before"}, std::pair{after, "after"}})
      if (!(counts[bin] >= 0) || std::isinf(counts[bin]))
        return Error(errc::invalid_argument, "expected counts of at least 0",
                     {.path = {}, .column = name, .row = static_cast<std::int64_t>(bin)});
    all_before += before[bin];
    all_after += after[bin];
    out.smoothed = out.smoothed || (before[bin] == 0) != (after[bin] == 0);
    bins += before[bin] > 0 || after[bin] > 0 ? 1 : 0;
  }
  for (const auto& [all, name] : {std::pair{all_before, "before"}, std::pair{all_after, "after"}})
    if (!(all > 0)) return Error(errc::invalid_argument, "nobody is in any bin", {.path = {}, .column = name});

  const double added = out.smoothed ? smoothing : 0;
  for (std::size_t bin = 0; bin < before.size(); ++bin) {
    if (before[bin] == 0 && after[bin] == 0) continue;
    const double e = (before[bin] + added) / (all_before + added * bins);
    const double a = (after[bin] + added) / (all_after + added * bins);
    out.parts[bin] = e > 0 && a > 0 ? (a - e) * std::log(a / e) : std::numeric_limits<double>::infinity();
    out.psi += out.parts[bin];
  }
  return out;
}

TIERWISE_INLINE std::vector<double> bin_counts(std::span<const double> values, std::span<const double> edges) {
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (std::isnan(edges[i]) || (i > 0 && !(edges[i - 1] < edges[i])))
      throw Error(errc::invalid_argument, "expected rising edges", {.path = {}, .column = "edges"});
  std::vector<double> counts(edges.size() + 2);
  for (const double value : values)
    counts[std::isnan(value) ? edges.size() + 1
                             : static_cast<std::size_t>(std::ranges::upper_bound(edges, value) - edges.begin())] += 1;
  return counts;
}

}  // namespace tierwise::segment
