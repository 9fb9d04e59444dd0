// What has changed between two answers: who gained a tag, who lost it, of whom it became known, and whose word it is now.
#ifndef TIERWISE_TAG_CHANGES_HPP
#define TIERWISE_TAG_CHANGES_HPP

#include <span>
#include <string>
#include <vector>

#include <tierwise/tag/provenance.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// The kinds of change are apart: yes then or now is a gain or a loss, whatever it was or became, so that
/// doctors with the tag after = before + gained − lost.
enum class change_kind : std::uint8_t {
  gained,  ///< yes now; no or unknown before
  lost,  ///< yes before; no or unknown now
  became_known,  ///< no now, unknown before
  became_unknown,  ///< unknown now, no before
  source_changed,  ///< the same yes or no, by another source
};

/// "gained", "lost", …
[[nodiscard]] std::string_view name_of(change_kind c) noexcept;

/// Tags of a base of doctors at one time. Views of what it was made from.
struct tag_state {
  const registry& tags;
  const tag_bits& bits;
  std::span<const provenance> answers = {};  ///< of tag::resolve; none: all answers are the rules'
};

struct tag_change {
  std::int64_t hcp = 0, hcp_before = 0;  ///< rows after and before
  std::uint32_t tag = 0;  ///< of the registry after
  change_kind what = change_kind::gained;
  truth before = truth::unknown, after = truth::unknown;
  source_kind source_before = source_kind::rule, source_after = source_kind::rule;  ///< means nothing of an unknown

  friend bool operator==(const tag_change&, const tag_change&) = default;
};

/// Changes of one tag that both registries have.
struct change_counts {
  std::uint32_t tag = 0;  ///< of the registry after
  std::int64_t before = 0, after = 0;  ///< who has it, of the doctors of both
  std::int64_t gained = 0, gained_from_unknown = 0, lost = 0, lost_to_unknown = 0, became_known = 0, became_unknown = 0,
               source_changed = 0;

  friend bool operator==(const change_counts&, const change_counts&) = default;
};

struct tag_changes {
  std::vector<tag_change> items;  ///< by doctor after, then by tag
  std::vector<change_counts> by_tag;
  std::int64_t doctors = 0;  ///< of both
  std::int64_t joined = 0, left = 0;  ///< doctors of one side alone: they are not compared
  std::vector<std::string> tags_added,
      tags_removed;  ///< tags of one side alone, not compared, in the order of definition

  friend bool operator==(const tag_changes&, const tag_changes&) = default;
};

/// Compares two states, tags by their ids. `row_before` gives each doctor's row before, −1 for none; empty: the rows are the same.
/// O(doctors · tags). Error invalid_argument: sizes that do not fit, a row that is not there or is given twice, answers out of order.
[[nodiscard]] result<tag_changes> changes_between(const tag_state& before, const tag_state& after,
                                                  std::span<const std::int64_t> row_before = {});

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/changes.ipp>
#endif
#endif
