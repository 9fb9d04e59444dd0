#include <algorithm>
#include <cmath>
#include <string>

#include <tierwise/tag/affinity.hpp>
#include <tierwise/tag/impl/beta.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

TIERWISE_INLINE affinity cell_of(double a, double b, double evidence, double group_mean,
                                 const affinity_options& options) {
  affinity out;
  const beta_distribution posterior(a, b);
  const double n = a + b;
  out.mean = a / n;
  out.sd = std::sqrt(a * b / (n + 1)) / n;
  const double tail = (1 - options.coverage) / 2;
  out.low = posterior.lower_quantile(tail);
  out.high = posterior.upper_quantile(tail);
  out.evidence = evidence;
  out.group_mean = group_mean;
  out.probability = posterior.above(group_mean + options.margin);
  out.prefers = out.probability >= options.confidence && evidence >= options.least_evidence;
  return out;
}

}  // namespace detail

TIERWISE_INLINE std::vector<Error> check(const affinity_options& what) {
  std::vector<Error> out;
  const auto expect = [&](bool holds, const char* name, const char* expected) {
    if (!holds)
      out.emplace_back(errc::invalid_argument, std::string("expected ").append(expected), place{{}, name, -1});
  };
  expect(what.half_life_days > 0, "half_life_days", "days above 0");
  expect(what.strength == 0 || (what.strength >= least_strength && what.strength <= most_strength), "strength",
         "0, or 1/64 to 65536");
  expect(what.coverage > 0 && what.coverage < 1, "coverage", "a number between 0 and 1");
  expect(what.margin >= 0 && what.margin < 1, "margin", "a number from 0 and below 1");
  expect(what.confidence > 0 && what.confidence < 1, "confidence", "a number between 0 and 1");
  expect(what.least_evidence >= 0 && std::isfinite(what.least_evidence), "least_evidence", "a number from 0");
  return out;
}

TIERWISE_INLINE void affinities_of(const affinities& learnt, std::size_t doctor, std::span<affinity> out) {
  if (out.size() != learnt.keys) throw Error(errc::length_mismatch, "expected a cell for each key", {{}, "out", -1});
  if (doctor >= learnt.doctors) throw Error(errc::out_of_range, "expected a row of a doctor", {{}, "doctor", -1});
  const double* mean = learnt.mean.data() + static_cast<std::size_t>(learnt.group_of[doctor]) * learnt.keys;
  const std::uint64_t* exposures = learnt.exposures.data() + doctor * learnt.keys;
  std::uint64_t all = 0;
  for (std::size_t k = 0; k < learnt.keys; ++k) all += exposures[k];
  for (std::size_t k = 0; k < learnt.keys; ++k) {
    const double s = learnt.strength[learnt.shares ? 0 : k];
    const std::uint64_t yes = learnt.shares ? exposures[k] : learnt.responses[doctor * learnt.keys + k];
    const std::uint64_t n = learnt.shares ? all : exposures[k];
    out[k] = detail::cell_of(s * mean[k] + static_cast<double>(yes) * affinity_unit,
                             s * (1 - mean[k]) + static_cast<double>(n - yes) * affinity_unit,
                             static_cast<double>(n) * affinity_unit, mean[k], learnt.options);
  }
}

TIERWISE_INLINE std::vector<affinity> affinity_table(const affinities& learnt, executor* threads) {
  std::vector<affinity> out(learnt.doctors * learnt.keys);
  for_blocks(threads, learnt.doctors, 4096, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      affinities_of(learnt, i, std::span(out).subspan(i * learnt.keys, learnt.keys));
  });
  return out;
}

}  // namespace tierwise
