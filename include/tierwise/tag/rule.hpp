// The rule language: small, typed, total. This is its first part; docs/reference/rules.md has the grammar.
#ifndef TIERWISE_TAG_RULE_HPP
#define TIERWISE_TAG_RULE_HPP

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tierwise/core/bits.hpp>
#include <tierwise/core/shared_value.hpp>
#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

enum class value_type : std::uint8_t { boolean, number, text, date, duration };

/// "boolean", "number", …
[[nodiscard]] std::string_view name_of(value_type type) noexcept;

/// A name that rules may use, with its type.
struct symbol {
  std::string name;
  value_type type = value_type::number;

  friend bool operator==(const symbol&, const symbol&) = default;
};

/// What a rule may refer to.
struct schema {
  std::vector<symbol> columns;         ///< attributes and computed columns
  std::vector<std::string> channels;
  std::vector<std::string> measures;   ///< columns that sum() may add up
  std::vector<std::string> tags;       ///< that has_tag() may ask for
  std::vector<std::string> topics = {};  ///< that contacts may be about

  friend bool operator==(const schema&, const schema&) = default;
};

/// What a rule was found to use, so that it can be provided (windows) and ordered (tags).
struct needs {
  std::vector<std::string> columns;         ///< named directly or through a function
  std::vector<std::int32_t> windows_days;   ///< of count() and share()
  std::vector<std::int32_t> trend_windows_days;  ///< of trend()
  std::vector<std::pair<std::string, std::int32_t>> sums;  ///< measure and window of sum()
  std::vector<std::string> tags;
  bool interactions = false;                ///< reads contacts at all
};

/// Yes, no, or unknown because a value is missing (Kleene's strong three-valued logic).
enum class truth : std::uint8_t { no, yes, unknown };

/// A rule, read and type-checked. Immutable, cheap to copy, safe to share.
///
///   specialty in {"Oncology", "Haematology"} and count(channel == "visit", 90d) >= 3
///   not has_tag("opted_out") and (last("webinar") <= 30d or share("video", 180d) > 0.4)
///
///   trend(engagement, 180d) > 1.64 and contains(lower(specialty), "onco") and sum("amount_usd", 365d) / 12 > 100
///
/// Operators, loosest first: or, and, not, then == != < <= > >= in, then + -, then * /. A comparison with a missing value is unknown;
/// `known(x)` is never unknown. `last()` of a channel never used has no value: it is null where that is certain, else missing.
class rule {
 public:
  struct node;
  struct program;
  explicit rule(shared_value<program> compiled) : program_(std::move(compiled)) {}

  [[nodiscard]] const std::string& text() const noexcept;  ///< as written
  [[nodiscard]] std::string format() const;  ///< in one canonical spelling; parses to the same rule
  [[nodiscard]] const needs& uses() const noexcept;
  /// Steps that evaluating it for one row takes at most: visits to nodes of its tree, and halvings of sets that are searched. A step
  /// on a text is linear in its length. At most a rule's characters.
  [[nodiscard]] std::size_t cost() const noexcept;
  [[nodiscard]] const program& compiled() const noexcept { return *program_; }

 private:
  shared_value<program> program_;
};

/// Reads a rule. Errors rule_syntax, rule_type, rule_unknown_name, rule_too_large (over 64 deep or 10,000 characters); the
/// message is several lines: what was expected, the line of the rule, and a caret under the place.
[[nodiscard]] result<rule> parse_rule(std::string_view text, const schema& known);

/// For each tag of the schema, who has it and for whom that is known; same order as schema::tags.
struct tag_bits {
  std::vector<bit_set> yes, known;
};

/// Answers of one rule for rows [begin, end) of `profiles`, begin a multiple of 64: bits of `yes` and `known` are set (both must be
/// clear there and hold `profiles.rows()` bits). missing_column if the table lacks something the rule uses.
[[nodiscard]] result<bool> evaluate(const rule& what, const table_view& profiles, const tag_bits* tags,
                                    std::size_t begin, std::size_t end, bit_set& yes, bit_set& known);

/// One row; the same answer as the batch.
[[nodiscard]] result<truth> evaluate_one(const rule& what, const table_view& profiles, const tag_bits* tags,
                                         std::size_t row);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/rule.ipp>
#endif
#endif
