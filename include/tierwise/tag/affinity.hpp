// What a doctor prefers: affinity of doctor × key (content tag, channel, weekday, hour), learnt from exposures and responses, or
// from contacts alone.
// Not in tierwise.hpp: only programs that learn preferences need it.
#ifndef TIERWISE_TAG_AFFINITY_HPP
#define TIERWISE_TAG_AFFINITY_HPP

#include <cstdint>
#include <span>
#include <vector>

#include <tierwise/core/date.hpp>
#include <tierwise/core/executor.hpp>
#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// One entry a row, any order: what was offered to a doctor under one key on one day, and how often he responded. Contacts of which
/// no exposure is known have `responses` empty, and `exposures` counts the contacts.
struct affinity_events {
  std::span<const std::int32_t> doctor;  ///< row of the doctor; negative: a row without a doctor
  std::span<const std::int32_t> key;  ///< negative: a row without a key
  std::span<const date> on;
  std::span<const std::int64_t> exposures;  ///< 0 to 2^20 a row
  std::span<const std::int64_t> responses;  ///< 0 to exposures
};

/// Whom it is about. Groups nest: a level's group is what its column and all before it say together, so that a doctor is shrunk to
/// the last group, that to the one before, and the first to the population. Who has no value (negative) stays where he is.
struct affinity_population {
  std::int32_t doctors = 0;
  std::int32_t keys = 0;
  std::vector<std::span<const std::int32_t>> groups;  ///< columns, coarse to fine, one code a doctor
};

struct affinity_options {
  double half_life_days = 365;  ///< an event so old weighs half; infinite: no decay
  double strength = 0;  ///< of a group's mean for a doctor, in exposures; 0: by marginal likelihood
  double coverage = 0.9;  ///< of the intervals
  double margin = 0.05;  ///< a preference lies above its group's mean by more than this
  double confidence = 0.9;  ///< and that with at least this posterior probability
  double least_evidence = 3;  ///< and rests on at least so many (decayed) exposures

  friend bool operator==(const affinity_options&, const affinity_options&) = default;
};

/// Every fault, place.column naming the option; empty if it is sound.
[[nodiscard]] std::vector<Error> check(const affinity_options& what);

/// Strengths are looked for within these. At the upper one the units do not differ beyond chance.
inline constexpr double least_strength = 1.0 / 64;
inline constexpr double most_strength = 65536;

/// What was learnt. Group 0 is the population; groups come before those inside them, in the order of their codes.
struct affinities {
  bool shares = false;  ///< of contacts; else rates of response
  std::size_t doctors = 0, keys = 0;
  affinity_options options;
  std::vector<std::uint64_t> exposures;  ///< [doctor][key], decayed, in units of `affinity_unit`; shares: contacts
  std::vector<std::uint64_t> responses;  ///< [doctor][key] likewise; empty for shares
  std::vector<std::uint64_t> squares;  ///< [doctor][key], of exposures: sums of squared weights
  std::vector<std::int32_t> group_of;  ///< of a doctor
  std::vector<std::int32_t> parent;  ///< of a group; −1 for the population
  std::vector<std::int32_t> level;  ///< of a group; 0 for the population
  std::vector<std::int32_t> code;  ///< of a group, in its level's column; −1 for the population
  std::vector<double> mean;  ///< [group][key]
  std::vector<double> strength;  ///< [key] of a group for a doctor; shares: one for all
  std::vector<double> group_strength;  ///< [level − 1][key] of a group for those inside it; shares: [level − 1]
  std::vector<bad_row> rejected;  ///< of table "events", rising rows
};

/// One exposure of the as-of date. Weights are multiples of 2^−30, so that sums are exact: the same for any order.
inline constexpr double affinity_unit = 1.0 / (1 << 30);

/// Rates. An event of age a days weighs w = 2^(−a/half-life); n and r are the weighted exposures and responses of a doctor and key (each
/// likelihood raised to its weight: J. G. Ibrahim, M.-H. Chen, Statistical Science 15(1), 2000). With m the group's mean and S the key's
/// strength, his rate is Beta(S·m + r, S·(1 − m) + n − r) (beta–binomial empirical Bayes: B. Efron, *Large-Scale Inference*, 2010, ch. 1;
/// J. G. Skellam, JRSS B 10(2), 1948). An exposure without response counts against.
///  - Strength: the S in [2^−6, 2^16] at which Σ ln[B(S·m + y, S·(1 − m) + v − y) / B(S·m, S·(1 − m))] over doctors stops rising,
///    looked for from 8 outwards; 8 where nobody has an exposure. Here v = (Σw)²/Σw², y = v·r/n are effective counts, whose rate has
///    the variance of the weighted one (L. Kish, *Survey Sampling*, 1965, 11.7): on n and r themselves decay would pass for
///    agreement between doctors, and S would be far too large.
///  - A group's mean: (y' + T·m')/(v' + T) with m' of the group around it; the population's: (y' + ½)/(v' + 1). v' = (Σ f·n)²/Σ(f·Σw²),
///    y' = v'·Σ f·r/Σ f·n over doctors with f = (S + 1)/(S + v), as exposures of one doctor are alike and count for less (J. N. K.
///    Rao, A. J. Scott, Biometrics 48(2), 1992). T by the same likelihood over the groups of a level. S and means are found in turn,
///    three times, first with f = 1.
/// The uncertainty of m, S and T themselves is not in the intervals (plug-in empirical Bayes).
/// Rows with a doctor or key out of range, an impossible date, or counts out of range are rejected; events after `as_of` do not count.
/// O(events + 3 · cells · steps · digamma) with cells = doctors · keys; memory 24 bytes a cell. Errors: the first of check(options);
/// length_mismatch; invalid_argument (no doctors or keys, or more than 2^31 cells).
[[nodiscard]] result<affinities> fit_rates(const affinity_events& events, const affinity_population& whom, date as_of,
                                           const affinity_options& options = {}, executor* threads = nullptr);

/// Shares: which key a doctor's next contact has, where only contacts are known. They are what the company did as much as what the
/// doctor likes, and no response is read into them. Weighted counts x, shares Dirichlet(S·m + x) (J. E. Mosimann, Biometrika 49, 1962; T. P.
/// Minka, *Estimating a Dirichlet distribution*, 2000); one strength for all keys, means of groups as above with all keys at once,
/// the population's (x + ½)/(n + keys/2). Errors and complexity as fit_rates; `events.responses` must be empty.
[[nodiscard]] result<affinities> fit_shares(const affinity_events& events, const affinity_population& whom, date as_of,
                                            const affinity_options& options = {}, executor* threads = nullptr);

/// A doctor and key. The posterior is Beta(a, b); of shares the margin of the Dirichlet.
struct affinity {
  double mean = 0;
  double sd = 0;
  double low = 0;  ///< the quantiles (1 ± coverage)/2
  double high = 0;
  double evidence = 0;  ///< decayed exposures; shares: the doctor's decayed contacts under all keys
  double group_mean = 0;
  double probability = 0;  ///< that it lies above group_mean + margin
  bool prefers = false;  ///< probability ≥ confidence, and evidence ≥ least_evidence
};

/// All cells of one doctor. `out` has `keys` cells; throws length_mismatch, out_of_range.
void affinities_of(const affinities& learnt, std::size_t doctor, std::span<affinity> out);

/// All cells, [doctor][key]. O(cells) incomplete beta functions.
[[nodiscard]] std::vector<affinity> affinity_table(const affinities& learnt, executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/affinity.ipp>
#include <tierwise/tag/impl/affinity_fit.ipp>
#endif
#endif
