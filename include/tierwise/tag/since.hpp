// Since when has a doctor had a tag?
#ifndef TIERWISE_TAG_SINCE_HPP
#define TIERWISE_TAG_SINCE_HPP

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tierwise/profile/profile.hpp>
#include <tierwise/tag/tag.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// What the profiles that the tags were evaluated on were made of.
struct history {
  std::span<const std::string> attributes;  ///< columns of `profiles` that do not change from day to day
  const profile::options& channels;         ///< as given to profile::build
  const profile::contact_log& contacts;     ///< of the same rows as the profiles
  date as_of;
  std::size_t most_changes = 4096;  ///< days on which the tag could have changed, walked back for one doctor at most
};

/// For each doctor who has tags.definitions[tag], the day since which the tag has been true without interruption: the rule
/// (and those of the tags it asks for) would have been true on that day and on every one up to as_of, and not the day before.
/// Attributes have no dates and are taken as they are now.
///
/// Exact for rules over count(), last(), share(), the columns behind them, and attributes. Missing (nullopt)
///   for doctors who do not have the tag, or have had it since before their first contact;
///   for all if the rule reads no dated contact, or anything else that changes with time: sum(), points, scores, tiers, …;
///   where the walk would be longer than `most_changes`.
/// O(doctors with the tag · their contacts · (windows + durations of the rules) · log contacts); memory for a few thousand
/// doctors at a time. Same answer for any executor.
/// Errors: invalid_argument if the sizes do not match or the contacts were read with other channels; those of `evaluate`.
[[nodiscard]] result<std::vector<std::optional<date>>> since(const registry& tags, std::size_t tag, const tag_bits& who,
                                                             const table_view& profiles, const history& past,
                                                             executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/since.ipp>
#endif
#endif
