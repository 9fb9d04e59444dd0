// Tags: what a company knows about a doctor in words, by rules over profiles and segments.
#ifndef TIERWISE_TAG_TAG_HPP
#define TIERWISE_TAG_TAG_HPP

#include <string>
#include <vector>

#include <tierwise/core/executor.hpp>
#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

enum class layer : std::uint8_t { basic, behaviour, preference };

/// "basic", "behaviour", "preference"
[[nodiscard]] std::string_view name_of(layer l) noexcept;

struct definition {
  std::string id;                ///< lower-case identifier
  std::string name_en, name_zh;  ///< for people
  layer in = layer::basic;
  std::string rule;              ///< a boolean of the rule language

  friend bool operator==(const definition&, const definition&) = default;
};

/// Definitions whose rules have been read, ordered so that has_tag() finds its tag done. Immutable.
struct registry {
  struct plan;  ///< all rules as one program

  std::vector<definition> definitions;
  std::vector<rule> rules;               ///< of definitions[i]
  std::vector<std::size_t> order;        ///< in which to evaluate
  struct schema schema;                  ///< the schema given, with this registry's tags
  shared_value<plan> compiled;
};

/// Reads all rules. `known.tags` is replaced by the definitions' ids. Errors: those of parse_rule with place.path
/// "/tags/<i>/rule", policy_duplicate_name, rule_unknown_name; rule_type for a cycle through has_tag, naming its tags.
[[nodiscard]] result<registry> compile(std::vector<definition> definitions, schema known);

/// Who has which tag. Each question to a column is asked once, whatever the number of rules that ask it. A tag whose rule is unknown for a doctor is not set; `known` tells the difference.
/// O(rows · conditions), in blocks; same bytes for any executor.
[[nodiscard]] result<tag_bits> evaluate(const registry& tags, const table_view& profiles, executor* threads = nullptr);

/// The same into bit sets that were used before, whose memory is used again.
[[nodiscard]] result<bool> evaluate(const registry& tags, const table_view& profiles, tag_bits& out,
                                    executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/tag.ipp>
#endif
#endif
