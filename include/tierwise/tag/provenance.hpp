// Where each tag on a doctor comes from: statements weighed against each other and against the rules, as of a day and as known by a day.
#ifndef TIERWISE_TAG_PROVENANCE_HPP
#define TIERWISE_TAG_PROVENANCE_HPP

#include <span>
#include <vector>

#include <tierwise/tag/statements.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// What is asked: about which day, and by the knowledge of which day. What was recorded later is not looked at, so that an answer can be
/// had again whatever has been recorded since.
struct viewpoint {
  date as_of, known_as_of;
  /// By tag, 0 to 1: if the model's statement that would decide is less sure, the models do not know. Empty: 0 for all.
  std::span<const double> least_confidence = {};
};

/// For each doctor and tag the statement that decides is the first, in the order of conflicts (decides_before), of those that were recorded
/// by then, hold on the day and have not been taken back. This gives them to tag::evaluate, so that has_tag() sees them. No rule is ever
/// before a statement: rules decide where nothing is said.
/// O(statements), each doctor apart; same answer for any executor. Error invalid_argument: an impossible date, or confidences that are not
/// 0 to 1 for each tag.
[[nodiscard]] result<overrides> overrides_of(const statements& said, const viewpoint& at, executor* threads = nullptr);

/// An answer for a doctor and tag, and who gave it.
struct provenance {
  std::int64_t hcp = 0;
  std::uint32_t tag = 0;
  truth answer = truth::unknown;  ///< yes or no
  source_kind source = source_kind::rule;  ///< of what decides
  std::int64_t decides = -1;  ///< in statements::items; −1: the rule
  truth rule = truth::unknown;  ///< what the rules say by themselves
  std::uint32_t overruled = 0;  ///< other statements that were known and held that day

  friend bool operator==(const provenance&, const provenance&) = default;
};

/// By doctor and tag: every yes, and every no that a statement decides (the other noes are the rules'). `resolved` are the tags evaluated
/// with overrides_of the same viewpoint, `by_rules` those evaluated without.
/// O(doctors · tags + statements); same answer for any executor. Error invalid_argument: sizes that do not fit, tags that are not those of
/// these statements and this viewpoint; as overrides_of.
[[nodiscard]] result<std::vector<provenance>> resolve(const registry& tags, const statements& said,
                                                      const tag_bits& resolved, const tag_bits& by_rules,
                                                      const viewpoint& at, executor* threads = nullptr);

/// The last day a statement holds, by the knowledge of a day: `expires`, or the day before it is taken back. Before `since` where it is
/// taken back altogether.
[[nodiscard]] date last_day_of(const statements& said, std::size_t item, date known_as_of) noexcept;

/// What becomes of a statement.
enum class fate : std::uint8_t {
  decides,
  overruled,  ///< it counts, and another decides
  unsure,  ///< it would decide, but its confidence is below the least
  withdrawn,  ///< taken back from this day or an earlier one
  not_begun,  ///< `since` is later
  expired,  ///< its last day is over
};

/// "decides", "overruled", …
[[nodiscard]] std::string_view name_of(fate f) noexcept;

struct statement_fate {
  std::size_t item = 0;  ///< in statements::items
  fate what = fate::decides;

  friend bool operator==(const statement_fate&, const statement_fate&) = default;
};

/// Each statement on a doctor and tag that was known, in the order of conflicts. O(their number). Errors: as overrides_of; out_of_range for
/// a doctor or tag that is not there.
[[nodiscard]] result<std::vector<statement_fate>> fates_of(const statements& said, std::size_t hcp, std::size_t tag,
                                                           const viewpoint& at);

/// Days [first, last] on which one statement, or none, decides.
struct period {
  date first, last;  ///< from first_date to no_end, without gaps
  truth answer = truth::unknown;  ///< unknown: nothing is said (or not surely enough), the rule decides
  std::int64_t decides = -1;  ///< in statements::items; −1: none

  friend bool operator==(const period&, const period&) = default;
};

/// The history of a tag on a doctor, by the knowledge of a day: what overrides_of says on each day, neighbours alike in one period.
/// `at.as_of` is not looked at. O(n log n) in the statements on the doctor and tag. Errors: as fates_of.
[[nodiscard]] result<std::vector<period>> timeline_of(const statements& said, std::size_t hcp, std::size_t tag,
                                                      const viewpoint& at);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/provenance.ipp>
#endif
#endif
