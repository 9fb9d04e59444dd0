// Is a tag worth having? Completeness, use, what it tells of an outcome, stability, redundancy, and one figure for the registry.
// Not in tierwise.hpp: only programs that study tags need it.
#ifndef TIERWISE_TAG_QUALITY_HPP
#define TIERWISE_TAG_QUALITY_HPP

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tierwise/tag/tag.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

struct interval {
  double low = 0, high = 0;
};

/// Doctors by what is known of a tag, in the order yes, no, unknown.
using states = std::array<std::int64_t, 3>;

/// Doctors whose outcome was seen, by tag state, with the outcome and without it.
struct outcome_table {
  states events{}, others{};

  [[nodiscard]] std::int64_t event_count() const noexcept { return events[0] + events[1] + events[2]; }
  [[nodiscard]] std::int64_t other_count() const noexcept { return others[0] + others[1] + others[2]; }
};

/// What a tag tells of an outcome. NaN where a figure has no meaning: no doctor with, or without, the outcome or the tag.
struct outcome_quality {
  outcome_table counts;
  /// Σ (g − h)·ln(g/h) over the states with any doctor; g and h: shares of a state among those with and without the outcome (Kullback's
  /// divergence J, 1959; "information value" in scoring: N. Siddiqi, Credit Risk Scorecards, 2006). If a cell is empty, each gets half a
  /// doctor more.
  double information_value = 0;
  bool adjusted = false;  ///< a cell was empty
  /// 95 %, by the delta method over two multinomial samples. Good where the value is well above `noise`, too short below it.
  interval information_interval;
  double noise =
      0;  ///< information value to be expected of a tag that tells nothing: (states − 1)·(1/events + 1/others)
  double mutual_information = 0;  ///< of state and outcome, nats
  double p_value =
      1;  ///< that no tag tells so much by chance: likelihood ratio test, G = 2·n·mutual information against χ²; where a count
  ///< to be expected is below 5, Fisher's exact test of yes against no
  bool stands_out = false;  ///< p_value passes Benjamini and Hochberg (1995) at 5 % among all tags that were looked at
  double lift = 0;  ///< P(outcome | yes) / P(outcome)
  double risk_ratio = 0;  ///< P(outcome | yes) / P(outcome | no)
  interval risk_ratio_interval;  ///< 95 %, by the score (P. A. R. Koopman, Biometrics 40, 1984)
};

/// What is said of a tag without any outcome.
struct tag_quality {
  states doctors{};
  double completeness = 0;  ///< share of doctors of whom it is known
  double share = 0;  ///< share with the tag among those; NaN if of nobody
  std::int64_t asked_by = 0;  ///< rules of the registry that ask for it
  std::int64_t used_elsewhere = 0;  ///< as given
  std::int64_t alike = -1;  ///< the tag that says most of the same; −1 if there is no other
  double alike_by = 0;  ///< normalised mutual information with it, 0 to 1
};

/// Likeness of two tags by their joint states.
struct tag_likeness {
  std::array<states, 3> joint{};  ///< [state of the first][state of the second]
  double mutual_information = 0;  ///< of the three states, nats
  double normalised = 0;  ///< mutual information / mean of both entropies; 0 if both are constant
  double phi = 0;  ///< correlation of yes and no where both are known; NaN if either is constant there
};

/// One figure for a registry, 0 to 1: count · completeness · use. (标签充足度: how many tags a doctor has, how complete they are, how many
/// are used.)
struct sufficiency {
  double count = 0;  ///< mean over doctors of min(1, tags that the doctor has / tags wanted)
  double completeness = 0;  ///< mean over tags of their completeness
  double use = 0;  ///< share of tags that any rule, decision or report uses
  [[nodiscard]] double figure() const noexcept { return count * completeness * use; }
};

/// A repair of one tag, and the registry's figure after it.
struct repair {
  enum class kind : std::uint8_t { complete, use } what = kind::complete;  ///< learn it of everybody; or use it
  std::size_t tag = 0;
  double figure = 0;
};

struct registry_quality {
  std::vector<tag_quality> tags;
  sufficiency whole;
  std::vector<repair> repairs;  ///< those that raise the figure, most first, then by tag
};

/// Quality of all tags. `used_elsewhere` counts the uses of each in decisions and reports (empty: none); `wanted` tags a doctor is enough.
/// O(tags² · rows / 64). Errors: invalid_argument if sizes do not match or `wanted` is 0.
[[nodiscard]] result<registry_quality> quality(const registry& tags, const tag_bits& who,
                                               std::span<const std::int64_t> used_elsewhere = {},
                                               std::size_t wanted = 10);

/// What each tag tells of an outcome: `event` of those doctors of whom it was `seen`. O(tags · rows / 64). invalid_argument if sizes differ.
[[nodiscard]] result<std::vector<outcome_quality>> outcome_of(const tag_bits& who, const bit_set& event,
                                                              const bit_set& seen);

/// The same of one table. `stands_out` is of this tag alone.
[[nodiscard]] outcome_quality quality_of(const outcome_table& counts);

/// Precondition: of one size.
[[nodiscard]] tag_likeness likeness(const bit_set& a_yes, const bit_set& a_known, const bit_set& b_yes,
                                    const bit_set& b_known);

/// How a tag of the same doctors differs between two dates.
struct tag_drift {
  std::int64_t kept = 0, gained = 0, lost = 0;
  double stability_index =
      0;  ///< population stability index of the states: Σ (p − q)·ln(p/q), half a doctor more in each if one is empty
  double jaccard = 0;  ///< kept / (kept + gained + lost); NaN if nobody had it
};

/// Drift of each tag. invalid_argument if sizes differ. O(tags · rows / 64).
[[nodiscard]] result<std::vector<tag_drift>> drift(const tag_bits& before, const tag_bits& after);

/// Share of the doctors with a tag whose newest evidence (a date column of the same rows) is `lives_days` old or older; no evidence
/// is stale, and what is dated after `as_of` is none.
/// NaN if nobody has the tag, or it lives for ever (0). invalid_argument if sizes differ; wrong_type if the column holds no dates.
[[nodiscard]] result<double> stale_share(const bit_set& yes, const column_view& evidence, date as_of,
                                         std::int32_t lives_days);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/quality.ipp>
#endif
#endif
