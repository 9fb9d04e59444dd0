// The typed tree of a rule. Not part of the interface: users see tag/rule.hpp.
#include <string>
#include <vector>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

enum class node_kind : std::uint8_t {
  literal,
  column,  // values
  count,
  last,
  share,
  sum,
  trend,
  engagement_trend,  // functions of contacts
  total,
  product,
  opposite,
  magnitude,
  least,
  greatest,  // arithmetic: a + b − c, a · b / c, −a, abs, min, max
  lower,
  trim,
  length,  // of texts
  has_tag,
  known,
  is_null,
  contains,
  starts_with,
  ends_with,  // questions
  negation,
  all_of,
  any_of,  // logic
  comparison,
  membership
};

/// Values that columns of the profile hold or, for a share, two of them.
constexpr bool is_source(node_kind kind) noexcept {
  return kind >= node_kind::column && kind <= node_kind::engagement_trend;
}
constexpr bool reads_contacts(node_kind kind) noexcept {
  return kind >= node_kind::count && kind <= node_kind::engagement_trend;
}
constexpr bool is_arithmetic(node_kind kind) noexcept {
  return kind >= node_kind::total && kind <= node_kind::greatest;
}
constexpr bool is_text_question(node_kind kind) noexcept {
  return kind >= node_kind::contains && kind <= node_kind::ends_with;
}

enum class relation : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal };

inline constexpr std::size_t most_characters = 10'000;  // of a rule, as written and in canonical spelling
inline constexpr int most_depth = 64;                   // of parentheses, not and known( )
inline constexpr std::int32_t longest_window_days = 36'500;
inline constexpr std::int32_t longest_duration_days =
    110'000;  // more than lie between the first and the last possible date

}  // namespace detail

/// Nodes refer to each other by position in program::nodes, so copying and destroying a rule never recurses.
struct rule::node {
  detail::node_kind kind = detail::node_kind::literal;
  value_type type = value_type::boolean;
  detail::relation relation = detail::relation::equal;  ///< of a comparison; of is_null, equal or unequal
  std::size_t at = 0;                      ///< byte of the text where it begins, for messages
  std::vector<std::uint32_t> children = {};     ///< operands; of a membership, the value and then the set's literals
  double number = 0;                       ///< literal: the number, days (dates since 1970), or 0 and 1 for booleans
  std::string text = {};  ///< literal text; name of the column, channel ("": any), measure or tag; what a text
      ///< question looks for; before each operand of a total or product but the first, its sign
  std::int32_t window_days = 0;
  bool of_topic = false;  ///< `text` names a topic, not a channel
  std::uint32_t tag = 0;  ///< has_tag: position in schema::tags
  std::vector<std::string> reads = {};  ///< columns of the profile; of a share, the part and then the whole

  /// What the columns that it reads hold.
  [[nodiscard]] value_type reads_type() const noexcept {
    return kind == detail::node_kind::is_null ? value_type::number : type;
  }
};

struct rule::program {
  std::string text;
  std::vector<node> nodes;  ///< children come before their parents
  std::uint32_t root = 0;
  needs uses;
  std::size_t cost = 0;
};

}  // namespace tierwise
