#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include <tierwise/tag/count.hpp>
#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

TIERWISE_INLINE std::size_t count_words(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) noexcept {
  std::size_t n = 0;
  for (std::size_t w = 0; w < words; ++w) n += static_cast<std::size_t>(std::popcount(a[w] & b[w]));
  return n;
}

#if defined(__x86_64__) && defined(__GNUC__)
/// The same where the machine has an instruction for it: every one since 2009, but compilers may not take it for granted.
[[gnu::target("popcnt")]] TIERWISE_INLINE std::size_t count_words_popcnt(const std::uint64_t* a, const std::uint64_t* b,
                                                                         std::size_t words) noexcept {
  std::size_t n[4]{};  // so that no addition waits for another
  std::size_t w = 0;
  for (; w + 4 <= words; w += 4)
    for (std::size_t i = 0; i < 4; ++i) n[i] += static_cast<std::size_t>(__builtin_popcountll(a[w + i] & b[w + i]));
  for (; w < words; ++w) n[0] += static_cast<std::size_t>(__builtin_popcountll(a[w] & b[w]));
  return n[0] + n[1] + n[2] + n[3];
}

/// Eight words at once, where the machine counts the bits of vectors.
[[gnu::target("avx512f,avx512vpopcntdq,popcnt")]] TIERWISE_INLINE std::size_t count_words_avx512(
    const std::uint64_t* a, const std::uint64_t* b, std::size_t words) noexcept {
  typedef long long vector __attribute__((vector_size(64)));
  vector n[4]{};
  std::size_t w = 0;
  for (; w + 32 <= words; w += 32)
    for (std::size_t i = 0; i < 4; ++i) {
      vector one, other;
      std::memcpy(&one, a + w + 8 * i, sizeof one), std::memcpy(&other, b + w + 8 * i, sizeof other);
#if defined(__clang__)
      n[i] += __builtin_ia32_vpopcntq_512(one & other);
#else
      n[i] += __builtin_ia32_vpopcountq_v8di(one & other);
#endif
    }
  std::size_t out = 0;
  for (std::size_t i = 0; i < 32; ++i) out += static_cast<std::size_t>(n[i / 8][i % 8]);
  for (; w < words; ++w) out += static_cast<std::size_t>(__builtin_popcountll(a[w] & b[w]));
  return out;
}
#endif

/// The quickest that this machine can do.
TIERWISE_INLINE auto word_counter() noexcept {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512vpopcntdq")) return &count_words_avx512;
  if (__builtin_cpu_supports("popcnt")) return &count_words_popcnt;
#endif
  return &count_words;
}

/// Reads a question and answers it on the way: what is not asked for costs nothing.
class query_reader {
 public:
  query_reader(std::string_view text, const std::vector<std::string>& names, const tag_bits& tags)
      : text_(text), names_(names), tags_(tags) {}

  answer run() {
    answer out = any_of(0);
    skip_blanks();
    if (at_ < text_.size()) fail(errc::rule_syntax, "expected '&', '|' or the end");
    return out;
  }

 private:
  [[noreturn]] void fail(errc code, const std::string& what) const {
    throw Error(code, point_at(text_, at_, what), {.path = {}, .column = "query"});
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char sign) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != sign) return false;
    return ++at_, true;
  }

  answer any_of(int depth) {
    answer out = all_of(depth);
    while (take('|')) {
      const answer other = all_of(depth);
      for (std::size_t w = 0; w < out.yes.words().size(); ++w) {
        std::uint64_t &yes = out.yes.words()[w], &known = out.known.words()[w];
        const std::uint64_t no = known & ~yes & other.known.words()[w] & ~other.yes.words()[w];
        yes |= other.yes.words()[w];
        known = yes | no;
      }
    }
    return out;
  }

  answer all_of(int depth) {
    answer out = one(depth);
    while (take('&')) {
      const answer other = one(depth);
      for (std::size_t w = 0; w < out.yes.words().size(); ++w) {
        std::uint64_t &yes = out.yes.words()[w], &known = out.known.words()[w];
        const std::uint64_t no = (known & ~yes) | (other.known.words()[w] & ~other.yes.words()[w]);
        yes &= other.yes.words()[w];
        known = yes | no;
      }
    }
    return out;
  }

  answer one(int depth) {
    if (depth > most_depth) fail(errc::rule_too_large, "deeper than " + std::to_string(most_depth));
    if (take('~')) {
      answer out = one(depth + 1);
      for (std::size_t w = 0; w < out.yes.words().size(); ++w)
        out.yes.words()[w] = out.known.words()[w] & ~out.yes.words()[w];
      return out;
    }
    if (take('(')) {
      answer out = any_of(depth + 1);
      if (!take(')')) fail(errc::rule_syntax, "expected ')'");
      return out;
    }
    return tag();
  }

  answer tag() {
    skip_blanks();
    std::size_t end = at_;
    const auto is_part = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             static_cast<unsigned char>(c) >= 0x80;
    };
    while (end < text_.size() && is_part(text_[end])) ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    if (name.empty()) fail(errc::rule_syntax, "expected a tag, '~' or '('");
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end())
      fail(errc::rule_unknown_name,
           "unknown tag '" + std::string(name) + "'" +
               suggest_from(name, names_, [](const std::string& n) -> std::string_view { return n; }));
    at_ = end;
    const auto position = static_cast<std::size_t>(found - names_.begin());
    return {tags_.yes[position], tags_.known[position]};
  }

  std::string_view text_;
  const std::vector<std::string>& names_;
  const tag_bits& tags_;
  std::size_t at_ = 0;
};

}  // namespace detail

TIERWISE_INLINE std::size_t count_both(const bit_set& a, const bit_set& b) noexcept {
  return detail::word_counter()(a.words().data(), b.words().data(), std::min(a.words().size(), b.words().size()));
}

TIERWISE_INLINE result<std::vector<std::size_t>> pair_counts(
    std::span<const bit_set> sets, std::span<const std::pair<std::size_t, std::size_t>> pairs) {
  for (const auto& [a, b] : pairs)
    if (a >= sets.size() || b >= sets.size())
      return Error(errc::invalid_argument, "a pair names a set that is not there", {.path = {}, .column = "pairs"});
  for (const bit_set& set : sets)
    if (set.size() != sets.front().size())
      return Error(errc::invalid_argument, "sets of different sizes", {.path = {}, .column = "sets"});
  std::vector<std::size_t> out(pairs.size());
  // All pairs over a stretch before the next, so that a set which is in several pairs is fetched once.
  constexpr std::size_t stretch = 4096;  // long enough that memory streams
  const std::size_t words = sets.empty() ? 0 : sets.front().words().size();
  const auto count = detail::word_counter();
  for (std::size_t from = 0; from < words; from += stretch)
    for (std::size_t i = 0; i < pairs.size(); ++i)
      out[i] += count(sets[pairs[i].first].words().data() + from, sets[pairs[i].second].words().data() + from,
                      std::min(stretch, words - from));
  return out;
}

TIERWISE_INLINE result<answer> query(std::string_view question, const std::vector<std::string>& names,
                                     const tag_bits& tags) try {
  if (tags.yes.size() != names.size() || tags.known.size() != names.size())
    return Error(errc::invalid_argument, "as many names as tags", {.path = {}, .column = "names"});
  for (std::size_t i = 0; i < names.size(); ++i)
    if (tags.yes[i].size() != tags.yes.front().size() || tags.known[i].size() != tags.yes.front().size())
      return Error(errc::invalid_argument, "sets of different sizes", {.path = {}, .column = "tags"});
  if (question.size() > detail::most_characters)
    return Error(errc::rule_too_large, "longer than 10,000 characters", {.path = {}, .column = "query"});
  return detail::query_reader(question, names, tags).run();
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise
