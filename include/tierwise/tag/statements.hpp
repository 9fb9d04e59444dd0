// What is said of doctors besides rules: by people, by other systems, by models. Read from a table, checked, put in the order of conflicts.
#ifndef TIERWISE_TAG_STATEMENTS_HPP
#define TIERWISE_TAG_STATEMENTS_HPP

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <tierwise/tag/tag.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// What a statement says: the doctor has the tag, or has it not.
enum class saying : std::uint8_t { set, veto };

/// "set", "veto"
[[nodiscard]] std::string_view name_of(saying s) noexcept;

/// The last day of what has no end.
inline constexpr date no_end{std::numeric_limits<std::int32_t>::max()};

/// Somebody says that a doctor has a tag, or has it not, on the days [since, expires].
struct statement {
  std::int64_t hcp = 0;  ///< row of the doctors
  std::uint32_t tag = 0;  ///< of the registry's definitions
  saying says = saying::set;
  source_kind source = source_kind::person;  ///< model, person or import; a rule speaks through the registry
  double confidence = 1;  ///< 0 to 1
  date since;
  date expires = no_end;  ///< last day: as given, else since + lives_days − 1 of the tag's definition
  date recorded;  ///< when it became known
  std::int32_t id = 0;  ///< in statements::ids
  std::int32_t by = -1, evidence = -1;  ///< in statements::people, statements::evidence; −1: not said

  friend bool operator==(const statement&, const statement&) = default;
};

/// Takes a statement back, from a day on or altogether.
struct withdrawal {
  std::size_t statement = 0;  ///< in statements::items
  date recorded;
  std::optional<date> since;  ///< first day that the statement does not hold; none: it should never have been made
  std::int32_t id = 0, by = -1, evidence = -1;  ///< as in a statement

  friend bool operator==(const withdrawal&, const withdrawal&) = default;
};

/// All that is said of a base of doctors. Immutable by custom; safe to share between threads.
struct statements {
  std::vector<statement>
      items;  ///< by doctor, tag, and then in the order of conflicts: of two that count, the first decides
  std::vector<std::size_t> begin;  ///< of each doctor's items
  std::vector<withdrawal> withdrawals;  ///< by statement, recorded, since, id
  std::vector<std::size_t> withdrawn;  ///< begin of each item's withdrawals
  std::vector<std::string> tags;  ///< ids of the definitions that it was read for
  std::vector<std::string> ids, people, evidence;  ///< sorted, each once; ids that are whole numbers by their value
  std::vector<bad_row> rejected;  ///< by row
  std::int64_t repeated = 0;  ///< rows that say again what a row with the same id says
};

/// The order of conflicts, first to last: a person's veto, a person's set, an import, a model; then the later recorded, the later since,
/// veto before set, the smaller id. Total, as no two statements share an id. A rule comes after all of them.
[[nodiscard]] bool decides_before(const statement& a, const statement& b) noexcept;

/// Reads a table of statements, rows in any order:
///   hcp_id        as in `hcp_ids`, the column of the doctors
///   tag           id of a definition whose subject is doctors
///   kind          "set", "veto" or "withdraw"
///   source        "person", "import" or "model"
///   since         first day on which it holds; of a withdrawal optional: first day on which the statement holds no more
///   recorded      day on which it became known
///   statement_id  text or whole number
///   by            optional; who says so: an opaque id of a person or system, never of a doctor
///   confidence    optional; 0 to 1. Missing counts as 1 of a person or an import; a model must say it
///   expires       optional; last day on which it holds
///   evidence      optional; a short opaque reference
///   withdraws     needed by withdrawals: the id of what is taken back
/// Dates are dates, or text as YYYY-MM-DD. Empty text is missing.
///
/// Rows that cannot be used are collected and the rest goes on: missing_value, invalid_date, unknown_hcp, duplicate_hcp, unknown_tag,
/// unknown_word (kind, source), period_ends_early, out_of_range (confidence), duplicate_statement, dangling_withdrawal.
/// Of rows with one id the one recorded first is kept; a row that differs from it in nothing but `recorded` is a repetition, not a fault.
/// What becomes of a row never depends on rows recorded after it. Same answer for any order of rows, but for the rows in `rejected`.
/// O(rows · log rows). Errors: missing_column, wrong_type for a whole column.
[[nodiscard]] result<statements> read_statements(const table_view& rows, const column_view& hcp_ids,
                                                 const registry& tags);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/statements.ipp>
#endif
#endif
