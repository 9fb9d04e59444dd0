// The rule language, body by body: each file uses only those before it.
#include <algorithm>
#include <string_view>

#include <tierwise/tag/rule.hpp>

#include <tierwise/tag/impl/rule_tree.ipp>
#include <tierwise/tag/impl/source.ipp>
#include <tierwise/tag/impl/lexer.ipp>
#include <tierwise/tag/impl/formatter.ipp>
#include <tierwise/tag/impl/checker.ipp>
#include <tierwise/tag/impl/parser.ipp>
#include <tierwise/tag/impl/parser_calls.ipp>
#include <tierwise/tag/impl/lanes.ipp>
#include <tierwise/tag/impl/texts.ipp>
#include <tierwise/tag/impl/binder.ipp>
#include <tierwise/tag/impl/evaluator.ipp>

namespace tierwise::inline TIERWISE_ABI::tag {

TIERWISE_INLINE std::string_view name_of(value_type type) noexcept {
  constexpr std::string_view names[] = {"boolean", "number", "text", "date", "duration"};
  return names[static_cast<std::size_t>(type)];
}

TIERWISE_INLINE const std::string& rule::text() const noexcept { return program_->text; }
TIERWISE_INLINE std::string rule::format() const { return detail::format_rule(*program_); }
TIERWISE_INLINE const needs& rule::uses() const noexcept { return program_->uses; }
TIERWISE_INLINE std::size_t rule::cost() const noexcept { return program_->cost; }

TIERWISE_INLINE result<rule> parse_rule(std::string_view text, const schema& known) {
  return detail::parser(text, known).run();
}

TIERWISE_INLINE result<bool> evaluate(const rule& what, const table_view& profiles, const tag_bits* tags,
                                      std::size_t begin, std::size_t end, bit_set& yes, bit_set& known) {
  const std::size_t rows = profiles.rows();
  if (begin % 64 != 0 || begin > end || end > rows || yes.size() != rows || known.size() != rows)
    return Error(
        errc::invalid_argument,
        "rows must be a range of the table that begins at a multiple of 64, and the bit sets as long as the table");
  const result<detail::bound_rule> bound = detail::bound_rule::make(what, profiles, tags, end - begin);
  if (!bound) return bound.error();
  for (; begin < end; begin += detail::block_rows) {
    detail::lanes out;
    const std::size_t count = std::min(detail::block_rows, end - begin);
    bound.value().evaluate(begin, count, out);
    for (std::size_t w = 0; w * 64 < count; ++w) {
      yes.words()[begin / 64 + w] |= out.yes[w];
      known.words()[begin / 64 + w] |= out.known[w];
    }
  }
  return true;
}

TIERWISE_INLINE result<truth> evaluate_one(const rule& what, const table_view& profiles, const tag_bits* tags,
                                           std::size_t row) {
  if (row >= profiles.rows())
    return Error(errc::invalid_argument, "the table has no such row", {.path = {}, .column = "row"});
  const result<detail::bound_rule> bound = detail::bound_rule::make(what, profiles, tags, 1);
  if (!bound) return bound.error();
  detail::lanes out;
  bound.value().evaluate(row, 1, out);
  if ((out.known[0] & 1) == 0) return truth::unknown;
  return (out.yes[0] & 1) != 0 ? truth::yes : truth::no;
}

}  // namespace tierwise
