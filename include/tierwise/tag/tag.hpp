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

/// Who says that a doctor has a tag: a rule, or statements (tag/statements.hpp) of a model, a person or another system.
enum class source_kind : std::uint8_t { rule, model, person, import };

/// "rule", "model", "person", "import"
[[nodiscard]] std::string_view name_of(source_kind s) noexcept;

/// What a tag describes. Doctors and contents share one vocabulary, so that both sides of a match speak alike.
enum class subject : std::uint8_t { doctor, content, both };

/// "doctor", "content", "both"
[[nodiscard]] std::string_view name_of(subject s) noexcept;

struct definition {
  std::string id;  ///< lower-case identifier
  std::string name_en, name_zh;  ///< for people
  layer in = layer::basic;
  std::string rule = {};  ///< a boolean of the rule language; empty unless `source` is rule
  std::string group = {};  ///< of the groups; may be empty
  std::string purpose = "promotion";  ///< what it is held for
  std::string owner = {};  ///< who answers for it: a role or a team, not a doctor
  source_kind source = source_kind::rule;
  std::int32_t lives_days = 0;  ///< what was said of a doctor holds so long if it names no end; 0: for ever
  std::int32_t version = 1;  ///< raised whenever its meaning changes
  subject of = subject::doctor;

  friend bool operator==(const definition&, const definition&) = default;
};

/// Tags that answer one question, such as "which stage?".
struct group {
  std::string id, name_en, name_zh;
  bool exclusive = true;  ///< a doctor has at most one of them
  bool complete = false;  ///< every doctor has one of them

  friend bool operator==(const group&, const group&) = default;
};

/// Definitions whose rules have been read, ordered so that has_tag() finds its tag done. Immutable.
struct registry {
  struct plan;  ///< all rules as one program

  std::vector<definition> definitions;
  std::vector<group> groups;
  std::vector<rule> rules;  ///< of definitions[i]; of a tag without a rule, one that is never true
  std::vector<std::size_t> order;  ///< in which to evaluate
  struct schema schema;  ///< the schema given, with this registry's tags
  shared_value<plan> compiled;
};

/// Reads all rules. `known.tags` is replaced by the definitions' ids. Errors: those of parse_rule with place.path
/// "/tags/<i>/rule", policy_duplicate_name, rule_unknown_name; rule_type for a cycle through has_tag, naming its tags, and for a
/// rule that asks doctors for a tag of contents; policy_unknown_name for a group that is not among `groups`; policy_out_of_range for a
/// rule where the source is another, and for numbers below their least.
[[nodiscard]] result<registry> compile(std::vector<definition> definitions, schema known,
                                       std::vector<group> groups = {});

/// What is said of doctors besides the rules, by tag in the order of the definitions: who has it, and who has it not, whatever its rule
/// says. A bit set is empty where nothing is said, else as long as the table. Where both are set, the tag is set.
struct overrides {
  std::vector<bit_set> set, veto;
};

/// Who has which tag. Each question to a column is asked once, whatever the number of rules that ask it. A tag whose rule is unknown for
/// a doctor is not set, nor is one without a rule of which nothing is said; `known` tells the difference. has_tag() sees what is said.
/// O(rows · conditions), in blocks; same bytes for any executor. Error invalid_argument if `said` is of another size.
[[nodiscard]] result<tag_bits> evaluate(const registry& tags, const table_view& profiles, executor* threads = nullptr,
                                        const overrides* said = nullptr);

/// The same into bit sets that were used before, whose memory is used again.
[[nodiscard]] result<bool> evaluate(const registry& tags, const table_view& profiles, tag_bits& out,
                                    executor* threads = nullptr, const overrides* said = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/tag.ipp>
#endif
#endif
