// Tags of a base that has changed a little: only what can have changed is evaluated again.
#ifndef TIERWISE_TAG_UPDATE_HPP
#define TIERWISE_TAG_UPDATE_HPP

#include <string>
#include <vector>

#include <tierwise/tag/since.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// What may differ from when the tags were evaluated.
struct changes {
  bit_set rows;  ///< doctors of whom any cell, or anything said of them, may differ; empty: none
  std::vector<std::string> columns;  ///< in which any doctor's cell may differ; sorted, each once
};

/// What was evaluated again.
struct updated {
  std::size_t tags = 0;  ///< for all doctors, as they ask for a column that changed
  std::size_t rows = 0;  ///< doctors for whom all tags were
};

/// What differs because time has moved on from `before` to past.as_of, for profiles built on both days from the same tables. Doctors: those
/// with a day in between on which a contact happened, left a window of a rule, or came to lie a duration of a rule back. Columns: what
/// rules read and contacts do not tell (points, trends, sums, scores, tiers, …), so that any doctor's may differ. A contact that became
/// known late, dated up to `before`, is no matter of time: add its doctor to `rows`.
/// O(contacts · (windows + durations of the rules)). Errors: invalid_argument if `before` is after past.as_of, the contacts are not of these
/// rows, or were read with other channels.
[[nodiscard]] result<changes> due(const registry& tags, const table_view& profiles, const history& past, date before);

/// Brings answers up to date: the same bytes as `evaluate` from scratch, if `what` names all that changed. `answers` are of the same
/// registry; of rows that were added at the end they may know nothing yet. Tags that ask for a changed column are evaluated for everybody,
/// and all tags for the blocks of 512 doctors in which one changed. Errors: invalid_argument if answers or `what` are of another size, or a
/// changed column is not in the table; those of `evaluate`.
[[nodiscard]] result<updated> update(const registry& tags, const table_view& profiles, const changes& what,
                                     tag_bits& answers, executor* threads = nullptr, const overrides* said = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/update.ipp>
#endif
#endif
