// Sets of doctors by tag: counts of one tag and of pairs, and questions such as `a & b & ~c`, on bits.
#ifndef TIERWISE_TAG_COUNT_HPP
#define TIERWISE_TAG_COUNT_HPP

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// Bits that are set in both: doctors who have both tags. Both are of one size. O(size / 64).
[[nodiscard]] std::size_t count_both(const bit_set& a, const bit_set& b) noexcept;

/// count_both of many pairs of one list of sets of one size. O(pairs · size / 64). Error invalid_argument: a pair names a set that
/// is not there, or sizes differ.
[[nodiscard]] result<std::vector<std::size_t>> pair_counts(std::span<const bit_set> sets,
                                                           std::span<const std::pair<std::size_t, std::size_t>> pairs);

/// Who fits a question, and for whom that is known.
struct answer {
  bit_set yes, known;
};

/// Answers `a & (b | ~c)` over tags: `~` binds tightest, then `&`, then `|`; a tag is its id. By Kleene's logic, so that who lacks the tag c
/// fits `~c` only where that is known. Errors rule_syntax, rule_unknown_name, rule_too_large (over 64 deep or 10,000 characters), the
/// message with a caret under the place. O(characters + tags named · rows / 64).
[[nodiscard]] result<answer> query(std::string_view question, const std::vector<std::string>& names,
                                   const tag_bits& tags);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/count.ipp>
#endif
#endif
