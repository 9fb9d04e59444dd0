// What is wrong with a registry of tags, found without any data, and a witness of each finding.
// Not in tierwise.hpp: only programs that study a registry need it.
#ifndef TIERWISE_TAG_ANALYSIS_HPP
#define TIERWISE_TAG_ANALYSIS_HPP

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tierwise/tag/tag.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

enum class finding_kind : std::uint8_t {
  rule_error,         ///< a rule cannot be read, or a definition names what is not there
  circle,             ///< tags ask for each other in a circle
  forbidden_purpose,  ///< a rule reads, itself or through has_tag(), what is held for a forbidden purpose
  never_true,         ///< nobody can ever have the tag
  always_true,        ///< everybody has it, whatever is known of them
  never_false,        ///< nobody is ever without it: yes, or unknown where a value is missing
  never_known,        ///< neither yes nor no, ever
  contradiction,      ///< a part of a rule can never hold
  always_holds,       ///< a part of a rule never fails: it only asks whether a value is known, or nothing
  redundant_part,     ///< a part that never changes the verdict
  overlap,            ///< two tags of an exclusive group are both true
  gap,                ///< of a complete group, all tags are no
  same,               ///< two tags have always one verdict
  unused,             ///< no rule asks for it and nobody else uses it
  undecided           ///< it could not be found out; nothing is claimed
};
enum class finding_severity : std::uint8_t { error, warning, note };

/// "never_true", …
[[nodiscard]] std::string_view name_of(finding_kind kind) noexcept;
/// "error", "warning", "note"
[[nodiscard]] std::string_view name_of(finding_severity severity) noexcept;

/// What a rule reads, and a value of it.
struct witness_value {
  std::string name;    ///< as rules write it: specialty, count(channel == "visit", 90d), has_tag("kol")
  std::string column;  ///< of the profile; empty for a tag that no rule sets
  value_type type = value_type::number;
  bool is_missing = false;  ///< that it is missing matters; what is not listed at all may have any value or none
  double number = 0;   ///< number, days (a date's since 1970), or 0 and 1
  std::string text = {};
  std::string shown = {};   ///< as a rule would write it, or "missing"

  friend bool operator==(const witness_value&, const witness_value&) = default;
};

/// A condition as it stands in the rule of a tag.
struct rule_part {
  std::size_t tag = 0;         ///< index into the definitions
  std::string text = {};            ///< in canonical spelling
  std::size_t begin = 0, end = 0;  ///< bytes of the rule as written; equal where they cannot be told
  bool denied = false;         ///< it is its opposite that takes part: it stands under a `not`

  friend bool operator==(const rule_part&, const rule_part&) = default;
};

/// What is wrong. The witness depends on the kind; docs/reference/tag-analysis.md has them all.
struct finding {
  finding_kind kind = finding_kind::undecided;
  finding_severity severity = finding_severity::note;
  std::vector<std::size_t> tags = {};  ///< those concerned, as indices; of a circle and of a path, in its order
  std::optional<rule_part> part = {};  ///< that is meant, if it is not the whole rule
  std::vector<witness_value> values = {};   ///< overlap, gap: no fewer values show it
  std::vector<rule_part> because =
      {};      ///< the conditions that clash, or of which one always holds; none can be left out
  std::string column = {}, purpose = {};         ///< of a forbidden purpose
  std::string group = {};                   ///< of an overlap or gap
  std::string message_en = {}, message_zh = {};  ///< one sentence

  friend bool operator==(const finding&, const finding&) = default;
};

struct analysis_input {
  std::vector<definition> definitions;
  schema known;                ///< its tags are replaced by the definitions' ids
  std::vector<group> groups;
  std::vector<std::pair<std::string, std::string>> purposes;  ///< of columns and measures; the first of a name counts
  std::vector<std::string> forbidden;  ///< purposes
  std::optional<std::vector<std::string>> used;  ///< ids of tags that decisions and reports use; absent: not known
  /// Contacts of any channel are those of the schema's channels together. So it is in profiles of a policy whose channels the schema lists.
  bool all_channels = false;
  /// Assignments that are tried for one question at most. Beyond it the answer is undecided.
  std::size_t most_steps = 20'000;
};

/// Everything that is wrong with a registry, in order of kind, then of tags. Nothing recurs under another name: in a part that cannot
/// hold no smaller part is reported, nor are pairs with a tag that nobody can have.
///
/// Exact where rules ask of one column, window or tag at a time: what these can be is cut into finitely many cells in which all
/// conditions have one answer (a number below, at, between and above the bounds asked for; each text named, and any other; missing),
/// and a question is searched over the cells in Kleene's logic. What profiles promise is kept: counts are whole, of nested windows and channels,
/// shares are their quotients, last() agrees with them; of nobody are some contacts known and others not. Rules that compare two columns, calculate, or ask for parts
/// of texts are treated so that a claim is never false: what may be possible must be shown by values on which the rules were
/// evaluated, or the finding is `undecided`. Not known: how sums, points and trends depend on the counts.
///
/// What people and models say of doctors is not the rules' doing: tags without a rule are taken to be able to be anything.
/// Rules that cannot be read, and those behind a circle, take no part in the rest. At most `most_steps` · (conditions) a question; a question
/// for each part of a rule and for each pair of an exclusive group. Deterministic.
[[nodiscard]] std::vector<finding> analyse(const analysis_input& what);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/analysis.ipp>
#endif
#endif
