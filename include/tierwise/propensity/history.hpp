// What became of past suggestions, by doctor.
#ifndef TIERWISE_PROPENSITY_HISTORY_HPP
#define TIERWISE_PROPENSITY_HISTORY_HPP

#include <string>
#include <vector>

#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI::propensity {

/// What became of a suggestion. Accepted and completed are successes; dismissed and ignored are not.
enum class outcome : std::uint8_t { accepted, completed, dismissed, ignored };

/// "accepted", "completed", "dismissed", "ignored"
[[nodiscard]] std::string_view name_of(outcome what) noexcept;

[[nodiscard]] constexpr bool is_success(outcome what) noexcept {
  return what == outcome::accepted || what == outcome::completed;
}

/// A past suggestion that could be read.
struct suggestion {
  std::int64_t hcp = 0;          ///< row of the doctor
  date on;
  std::uint16_t action = 0, channel = 0;
  outcome became = outcome::ignored;

  friend bool operator==(const suggestion&, const suggestion&) = default;
};

/// In place of an action or channel: the row names none, or one that is not listed.
inline constexpr std::uint16_t any_name = 0xffff, other_name = 0xfffe;

/// A suggestion of which day, action, channel or outcome cannot be read. It was made nevertheless: caps and gaps take it to lie wherever
/// it may, so that a bad cell never lifts one. Nothing is learnt from it.
struct unplaced_suggestion {
  std::int64_t hcp = 0;  ///< row of the doctor
  date on;  ///< as_of if the day cannot be read: within every window that ends there
  std::uint16_t action = 0, channel = 0;  ///< as in `suggestion`; any_name: may be each; other_name: none of them

  friend auto operator<=>(const unplaced_suggestion&, const unplaced_suggestion&) = default;
};

/// Past suggestions up to a date, by doctor (begin[h] … begin[h + 1]) and then by date, action, channel, outcome.
struct history {
  std::vector<suggestion> items;
  std::vector<std::size_t> begin;
  std::vector<unplaced_suggestion> unplaced;  ///< by doctor, date, action and channel
  std::vector<bad_row> rejected;  ///< by row
};

/// Reads a history, rows in any order:
///   hcp_id        as in `hcp_ids`, which is the profiles' column
///   action_id, channel, outcome   category
///   date          date, or category as YYYY-MM-DD
///   decision_id   optional; category or whole number, empty text is missing. Of a doctor's usable rows with one id the first by
///                 date, action_id, channel and outcome is kept, whatever the order of rows
/// Rows dated after `as_of` are not looked at. Rows that cannot be used are collected: missing_value, invalid_date, unknown_hcp,
/// duplicate_hcp (several profiles have the id), unknown_action, unknown_channel, unknown_outcome, duplicate_event. Those of a known doctor,
/// duplicates apart, are `unplaced` too.
/// O(rows · log rows). Errors: missing_column, wrong_type for a whole column; invalid_argument if `as_of` is impossible or there
/// are more than 65,534 actions or channels.
[[nodiscard]] result<history> read_history(const table_view& rows, const column_view& hcp_ids,
                                           const std::vector<std::string>& actions,
                                           const std::vector<std::string>& channels, date as_of);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/propensity/impl/history.ipp>
#endif
#endif
