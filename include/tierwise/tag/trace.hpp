// Why has this doctor this tag, and what would change that?
// Not in tierwise.hpp: only programs that explain tags need it.
#ifndef TIERWISE_TAG_TRACE_HPP
#define TIERWISE_TAG_TRACE_HPP

#include <optional>
#include <string>
#include <vector>

#include <tierwise/core/language.hpp>
#include <tierwise/tag/since.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// What a rule reads: a column, or a function of contacts.
struct reading {
  enum class kind : std::uint8_t { column, count, last, share, sum, trend, engagement_trend } what = kind::column;
  std::string of;  ///< column, channel or topic ("": any) or measure
  std::int32_t window_days = 0;
  bool of_topic = false;  ///< `of` is a topic
  value_type type = value_type::number;

  friend auto operator<=>(const reading&, const reading&) = default;
};

/// A value that a condition read.
struct read_value {
  reading from;
  bool known = false;  ///< else missing, or null
  bool null = false;  ///< known not to be there
  double number = 0;  ///< of a number; days of a duration; days since 1970 of a date; 0 or 1
  std::string text = {};
};

/// One condition of a rule, and what it is made of.
struct trace_step {
  std::string rule;  ///< in canonical spelling
  truth verdict = truth::unknown;
  std::vector<read_value> values = {};  ///< that it reads itself
  std::string tag = {};  ///< of has_tag(): the tag asked for, whose rule is its one part
  bool said = false;  ///< the verdict on `tag` was said, whatever its rule says
  std::vector<std::size_t> parts = {};  ///< positions in trace::steps, each after its whole
};

/// Something that would have to be otherwise.
struct change {
  enum class kind : std::uint8_t { is, above, below, other, known, contacts, has_tag, lacks_tag } what = kind::is;
  reading from = {};  ///< of a value
  std::string name = {};  ///< of contacts, the channel; of tags, the tag
  double number = 0;  ///< bound, value, or how many contacts on the day itself
  std::string text = {};
  double tried = 0;  ///< the number that was tried, which is above or below the bound
};

/// A smallest set of changes after which the tag's verdict is another.
struct flip {
  truth becomes = truth::unknown;
  std::vector<change> changes;
};

struct trace {
  std::size_t tag = 0;
  truth verdict = truth::unknown;
  bool said = false;  ///< said of the doctor, whatever the rule says
  std::vector<trace_step> steps;  ///< the tag's rule first; none if it has no rule
  std::vector<flip> flips;  ///< with the fewest changes that were found, one or two; at most `most_flips`
  std::optional<date> by_itself;  ///< the first day on which the verdict is another if nothing happens
};

struct trace_options {
  const overrides* said = nullptr;  ///< as given to `evaluate`
  const history* past = nullptr;  ///< for `by_itself`
  std::size_t most_flips = 5;
  std::int32_t days_ahead = 400;  ///< that `by_itself` looks
};

/// Takes the verdict on one tag of one row apart. Each flip was tried: the rules were evaluated on the doctor with those changes, where new
/// contacts change all the columns that the rules read of contacts alike. Sets of one change are tried, then of two; values tried are those
/// that rules name, and beside them. Contacts are not tried where a rule reads what they change in ways that the columns do not tell
/// (points, sums, trends, engagement, tiers). O(nodes · log nodes + tried · nodes), at most 20,000 tried.
/// Errors: invalid_argument if there is no such tag or row; those of `evaluate`.
[[nodiscard]] result<trace> trace_tag(const registry& tags, std::size_t tag, const table_view& profiles,
                                      std::size_t row, const trace_options& how = {});

/// The trace for people: a line for each condition, indented, with its verdict and the values it read; then what would change it. Holds what
/// is known of the doctor: not for logs.
[[nodiscard]] std::string words(const trace& what, const registry& tags, language in,
                                std::span<const profile::channel> channels = {});

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/trace.ipp>
#endif
#endif
