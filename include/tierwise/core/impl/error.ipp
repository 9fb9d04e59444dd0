#include <utility>

#include <tierwise/core/error.hpp>

namespace tierwise::inline TIERWISE_ABI {
namespace detail {

struct errc_text {
  errc code;
  std::string_view name;
  std::string_view text;
};

inline constexpr errc_text errc_texts[] = {
    {errc::missing_column, "missing_column",
     "A table lacks a column it must have. Add the column, or map another onto it."},
    {errc::wrong_type, "wrong_type",
     "A column or cell has a type that cannot be used here. Convert it to the expected type."},
    {errc::length_mismatch, "length_mismatch",
     "Columns of one table differ in length. Give each the same number of rows."},
    {errc::missing_value, "missing_value", "A cell that must be filled is empty. Fill it, or drop the row."},
    {errc::invalid_date, "invalid_date",
     "Not a date of the calendar between 1900 and 2199. Write dates as YYYY-MM-DD."},
    {errc::not_finite, "not_finite", "A number is infinite. Leave the cell empty if the value is unknown."},
    {errc::out_of_range, "out_of_range", "A number lies outside what it may be. Correct the value."},
    {errc::unknown_hcp, "unknown_hcp",
     "The row names a doctor who is not in the table of doctors. Add the doctor, or correct the id."},
    {errc::duplicate_hcp, "duplicate_hcp",
     "Several rows share one doctor id, so none can be trusted. Keep one row a doctor."},
    {errc::unknown_channel, "unknown_channel",
     "The policy defines no such channel. Add it to the policy, or map the value onto a channel."},
    {errc::unknown_depth, "unknown_depth", "The channel defines no such depth. Add it to the channel's depths."},
    {errc::duplicate_event, "duplicate_event",
     "The same event id occurs more than once; one row was kept. Remove the others."},
    {errc::unknown_action, "unknown_action", "The policy defines no such action. Add it, or correct the id."},
    {errc::unknown_outcome, "unknown_outcome",
     "Not an outcome tierwise knows. Use accepted, completed, dismissed or ignored."},
    {errc::rejected_hcp, "rejected_hcp",
     "The row belongs to a doctor whose own row was rejected. Correct that row first."},
    {errc::not_utf8, "not_utf8", "Text is not valid UTF-8. Save the file as UTF-8."},
    {errc::unknown_purpose, "unknown_purpose",
     "The policy knows no such purpose. Correct it, or list it in the policy's /recommend/consent/other_purposes."},
    {errc::unknown_tag, "unknown_tag",
     "The registry has no such tag of doctors. Add it to the registry, or correct the id."},
    {errc::unknown_word, "unknown_word",
     "Not one of the words that this column may hold. Write one of those that its documentation lists."},
    {errc::period_ends_early, "period_ends_early",
     "A period ends before it begins. Correct its first or its last day."},
    {errc::duplicate_statement, "duplicate_statement",
     "The id belongs to another statement too; the one recorded first was kept. Give each statement an id of its own."},
    {errc::dangling_withdrawal, "dangling_withdrawal",
     "A row takes back nothing that it may. In a withdrawal, name an earlier statement of this doctor and tag by the "
     "same source or a lower one."},
    {errc::policy_syntax, "policy_syntax", "The policy is not valid JSON. Correct it at the place named."},
    {errc::policy_unknown_key, "policy_unknown_key",
     "The policy has a key that means nothing here. Remove it or correct its spelling."},
    {errc::policy_missing_key, "policy_missing_key", "The policy lacks a key it must have. Add it."},
    {errc::policy_wrong_type, "policy_wrong_type",
     "A value of the policy has the wrong JSON type. Write the expected type."},
    {errc::policy_out_of_range, "policy_out_of_range",
     "A number of the policy lies outside what it may be. Correct it."},
    {errc::policy_unknown_name, "policy_unknown_name",
     "The policy refers to a name it does not define. Define it or correct its spelling."},
    {errc::policy_duplicate_name, "policy_duplicate_name", "The policy defines a name twice. Rename or remove one."},
    {errc::policy_incomplete_table, "policy_incomplete_table",
     "The tier table leaves a combination without a tier, or gives it two. Cover each exactly once."},
    {errc::policy_not_monotone, "policy_not_monotone",
     "A better doctor gets a worse tier. Correct the table, or waive the pair on purpose."},
    {errc::policy_forbidden_purpose, "policy_forbidden_purpose",
     "Something reads an attribute whose purpose the policy forbids. Stop reading it, or allow the purpose."},
    {errc::rule_syntax, "rule_syntax", "A rule cannot be read. Correct it at the caret."},
    {errc::rule_type, "rule_type", "A rule combines values of types that do not go together. Compare like with like."},
    {errc::rule_unknown_name, "rule_unknown_name",
     "A rule uses a name that is not defined. Define it or correct its spelling."},
    {errc::rule_too_large, "rule_too_large", "A rule is longer or deeper than allowed. Split it into tags."},
    {errc::invalid_argument, "invalid_argument",
     "An argument breaks the function's contract. Pass what its documentation asks for."},
    {errc::not_fitted, "not_fitted", "The model has not been fitted. Fit it first."},
    {errc::file_not_found, "file_not_found", "The file does not exist. Check the path."},
    {errc::file_unreadable, "file_unreadable", "The file cannot be read. Check its permissions and contents."},
};

TIERWISE_INLINE const errc_text* find_errc(errc code) noexcept {
  for (const errc_text& entry : errc_texts)
    if (entry.code == code) return &entry;
  return nullptr;
}

TIERWISE_INLINE std::string describe_place(const place& where) {
  std::string out;
  const auto add = [&out](std::string_view text) {
    out += out.empty() ? " (at " : ", ";
    out += text;
  };
  if (!where.path.empty()) add(where.path);
  if (!where.column.empty()) add("column '" + where.column + "'");
  if (where.row >= 0) add("row " + std::to_string(where.row));
  if (!out.empty()) out += ')';
  return out;
}

}  // namespace detail

TIERWISE_INLINE std::string_view name_of(errc code) noexcept {
  const auto* entry = detail::find_errc(code);
  return entry ? entry->name : "unnamed_error";
}

TIERWISE_INLINE std::string_view describe(errc code) noexcept {
  const auto* entry = detail::find_errc(code);
  return entry ? entry->text : "";
}

TIERWISE_INLINE Error::Error(errc code, std::string message, place where)
    : code_(code),
      message_(std::move(message)),
      where_(std::move(where)),
      what_(std::string(name_of(code)) + ": " + message_ + detail::describe_place(where_)) {}

}  // namespace tierwise
