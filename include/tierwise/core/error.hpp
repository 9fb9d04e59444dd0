// Errors are values with a place: a code that never changes its number, a message, and where.
#ifndef TIERWISE_CORE_ERROR_HPP
#define TIERWISE_CORE_ERROR_HPP

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// What went wrong. Numbers are part of the interface and are never reused.
/// Meaning and cure of each: `describe(errc)`.
enum class errc : std::uint16_t {
  // rows and cells of the caller's tables
  missing_column = 100,
  wrong_type = 101,
  length_mismatch = 102,
  missing_value = 103,
  invalid_date = 104,
  not_finite = 105,
  out_of_range = 106,
  unknown_hcp = 107,
  duplicate_hcp = 108,
  unknown_channel = 109,
  unknown_depth = 110,
  duplicate_event = 111,
  unknown_action = 112,
  unknown_outcome = 113,
  rejected_hcp = 114,
  not_utf8 = 115,
  unknown_purpose = 116,
  unknown_tag = 120,
  unknown_word = 121,
  period_ends_early = 122,
  duplicate_statement = 123,
  dangling_withdrawal = 124,
  // policies
  policy_syntax = 200,
  policy_unknown_key = 201,
  policy_missing_key = 202,
  policy_wrong_type = 203,
  policy_out_of_range = 204,
  policy_unknown_name = 205,
  policy_duplicate_name = 206,
  policy_incomplete_table = 207,
  policy_not_monotone = 208,
  policy_forbidden_purpose = 209,
  // rules
  rule_syntax = 300,
  rule_type = 301,
  rule_unknown_name = 302,
  rule_too_large = 303,
  // use of the library
  invalid_argument = 400,
  not_fitted = 401,
  // files
  file_not_found = 500,
  file_unreadable = 501,
};

/// The code's name as written in the enumeration, e.g. "unknown_hcp".
[[nodiscard]] std::string_view name_of(errc code) noexcept;

/// One sentence on the meaning and one on the cure. Static text; no value of the caller's appears in it.
[[nodiscard]] std::string_view describe(errc code) noexcept;

/// Where it went wrong. Empty parts do not apply. Rows count from 0, the header not included.
struct place {
  std::string path;         ///< JSON pointer into a policy ("/segment/tiers/3"), or a file's path
  std::string column;       ///< name of the table column or argument
  std::int64_t row = -1;    ///< row of the table, or −1

  friend bool operator==(const place&, const place&) = default;
};

/// The one exception of tierwise. Holds no personal value: ids, names and cell contents never enter a message.
class Error : public std::exception {
 public:
  Error(errc code, std::string message, place where = {});

  [[nodiscard]] errc code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const place& where() const noexcept { return where_; }

  /// "unknown_channel: … (at column 'channel', row 17)"
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  errc code_;
  std::string message_;
  place where_;
  std::string what_;
};

/// A row or cell that could not be used, and why. Batch calls collect these and go on.
struct bad_row {
  std::string_view table;   ///< "hcps", "interactions", "consents", "history" or "statements"; static text
  std::int64_t row = -1;    ///< row in that table, from 0
  std::string column;       ///< column to look at
  errc code = errc::missing_value;

  friend bool operator==(const bad_row&, const bad_row&) = default;
};

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/error.ipp>
#endif
#endif
