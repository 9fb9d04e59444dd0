// Content tags of a text: which terms of a dictionary stand in it. English and Chinese.
// Not in tierwise.hpp: only programs that read texts need it.
#ifndef TIERWISE_TAG_MATCHER_HPP
#define TIERWISE_TAG_MATCHER_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// A term and what it says. A term without tags is an *excluding* one: it says nothing, and hides the terms inside it.
struct term {
  std::string text;  ///< UTF-8
  std::vector<std::string> tags;  ///< tag ids
};

/// Where a term stands: bytes [begin, end) of the text, code points [begin_point, end_point).
struct term_match {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t begin_point = 0;
  std::size_t end_point = 0;
  std::uint32_t term = 0;  ///< index into `matcher::terms`

  friend bool operator==(const term_match&, const term_match&) = default;
};

/// How terms and texts are compared: A–Z, À–Þ (U+00C0–U+00DE without ×) as small letters; full-width U+FF01–U+FF5E as ASCII; a run
/// of white space (U+0009–U+000D, U+0020, U+0085, U+00A0, U+2028, U+2029, U+3000) as one space, at the ends of a term as nothing. Each
/// byte that is part of no well-formed UTF-8 sequence (Unicode 15, table 3-7) is a character of its own that equals none.
/// Accents are kept: é is not e.
[[nodiscard]] std::string folded(std::string_view text);

/// A dictionary made ready: an Aho–Corasick automaton (A. V. Aho, M. J. Corasick, CACM 18(6), 1975) over the folded bytes. Immutable;
/// safe to share between threads.
///
/// What counts:
///  - Word boundaries: a term that begins (ends) with a word character stands only where none precedes (follows) it. Word characters
///    are ASCII letters, digits and _, and the letters of U+00C0–U+024F (but × ÷), U+0300–U+052F and U+1E00–U+1FFF. Chinese has none: "PD-1抑制剂"
///    stands in "用PD-1抑制剂的", "lung" does not in "lungs".
///  - The longest wins: a term that lies inside a longer one that stands there does not count, whatever their tags:
///    "小细胞肺癌" not in "非小细胞肺癌". A longer term that should say both has both tags. Terms that overlap without one lying in the
///    other all count.
class matcher {
 public:
  /// Tag ids, sorted, each once.
  [[nodiscard]] const std::vector<std::string>& tags() const noexcept { return tags_; }
  /// Different terms as folded, sorted by their bytes; of terms that fold to the same text the tags are joined.
  [[nodiscard]] const std::vector<std::string>& terms() const noexcept { return terms_; }
  /// Indices into tags(), rising, of a term. Empty for excluding terms. Precondition: term < terms().size().
  [[nodiscard]] std::span<const std::uint32_t> tags_of(std::size_t term) const noexcept;

  /// What stands in the text, excluding terms left out, by rising begin (and end). Any bytes will do. O(bytes · terms that end at one
  /// byte without standing there) time, in practice O(bytes); memory O(longest term + matches).
  [[nodiscard]] std::vector<term_match> find(std::string_view text) const;

  /// For each of tags(), how many terms that stand in the text say it. `out` has tags().size() cells; throws length_mismatch.
  void count(std::string_view text, std::span<std::uint32_t> out) const;

 private:
  friend result<matcher> compile_matcher(std::span<const term> dictionary);

  struct state {
    std::uint32_t first_edge = 0;
    std::uint32_t edges = 0;
    std::uint32_t fail = 0;  // longest proper suffix that is a state
    std::int32_t term = -1;  // that ends here
    std::uint32_t shorter = 0;  // nearest state along `fail` where a term ends; 0: none
  };
  struct edge {
    std::uint8_t byte = 0;
    std::uint32_t to = 0;
  };
  [[nodiscard]] std::uint32_t next(std::uint32_t at, std::uint8_t byte) const noexcept;

  std::vector<std::string> tags_;
  std::vector<std::string> terms_;
  std::vector<std::uint32_t> first_tag_;  // a term's tags lie from here to the next's
  std::vector<std::uint32_t> tag_;
  std::vector<std::uint8_t> edge_of_word_;  // bit 0: begins with a word character, bit 1: ends with one
  std::vector<state> states_;
  std::vector<edge> edges_;
  std::array<std::uint32_t, 256> root_{};
  std::size_t longest_ = 0;  // bytes of a term
};

/// O(bytes of the terms). Errors: invalid_argument (a term or tag id that is empty or only white space; place.row is the term's),
/// not_utf8, rule_too_large (2^31 bytes or more).
[[nodiscard]] result<matcher> compile_matcher(std::span<const term> dictionary);

/// A tag of the shipped dictionary, with its terms in both languages.
struct content_tag {
  std::string_view id;
  std::string_view name_en;
  std::string_view name_zh;
  std::string_view broader;  ///< id of the tag that each of its terms says too; empty: none
  std::string_view terms;  ///< separated by '|'
};

/// The shipped vocabulary: therapy areas, diseases and topics. Written for tierwise; a beginning, not an ontology.
[[nodiscard]] std::span<const content_tag> shipped_content_tags() noexcept;
/// Its terms with their tags, and the excluding terms.
[[nodiscard]] std::vector<term> shipped_terms();

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/matcher.ipp>
#include <tierwise/tag/impl/matcher_terms.ipp>
#endif
#endif
