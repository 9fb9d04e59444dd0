#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <tierwise/tag/matcher.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

/// A character as it is compared: its bytes, and how many of the text it took.
struct folded_character {
  std::array<char, 4> bytes{};
  std::uint8_t size = 0;
  std::uint8_t taken = 0;
  bool is_space = false;
  bool is_word = false;
  bool is_valid = true;
};

/// Signs that are not seen: soft hyphens, joiners, marks of byte order. They are passed over.
TIERWISE_INLINE bool is_unseen(std::uint32_t c) noexcept {
  return c == 0xAD || (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF;
}

/// Typographers' dashes and apostrophes as they are typed.
TIERWISE_INLINE std::uint32_t as_typed(std::uint32_t c) noexcept {
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) return '-';
  if (c == 0x2018 || c == 0x2019 || c == 0x02BC) return '\'';
  return c;
}

/// Roman numerals that are one character, by letters.
inline constexpr std::array<std::string_view, 16> roman = {"i",  "ii", "iii", "iv",  "v", "vi", "vii", "viii",
                                                           "ix", "x",  "xi",  "xii", "l", "c",  "d",   "m"};

/// The bytes of the well-formed sequence that `text` begins with; 0 if there is none. Precondition: text is not empty.
TIERWISE_INLINE std::uint8_t well_formed(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return low <= byte(i) && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF)
    return follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  if (first >= 0xF0 && first <= 0xF4)
    return follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
  return 0;
}

/// The first character. Precondition: text is not empty.
TIERWISE_INLINE folded_character fold_first(std::string_view text) noexcept {
  folded_character out;
  out.taken = well_formed(text);
  if (out.taken == 0) {  // 0xFF is in no term
    out.bytes[0] = static_cast<char>(0xFF);
    out.size = out.taken = 1;
    out.is_valid = false;
    return out;
  }
  std::uint32_t c = static_cast<unsigned char>(text[0]);
  if (out.taken > 1) {
    c &= 0x7Fu >> out.taken;
    for (std::size_t i = 1; i < out.taken; ++i) c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFF01 - 0x21;
  if (is_unseen(c)) return out;
  if (c >= 0x2160 && c <= 0x217F) {
    const std::string_view letters = roman[(c - 0x2160) % 16];
    std::copy(letters.begin(), letters.end(), out.bytes.begin());
    out.size = static_cast<std::uint8_t>(letters.size());
    out.is_word = true;
    return out;
  }
  c = as_typed(c);
  if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)) c += 0x20;
  out.is_space =
      (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x2028 || c == 0x2029 || c == 0x3000;
  if (out.is_space) c = ' ';
  if (c < 0x80) {
    out.is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    out.bytes[0] = static_cast<char>(c);
    out.size = 1;
    return out;
  }
  out.is_word =
      (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7) || (c >= 0x300 && c <= 0x52F) || (c >= 0x1E00 && c <= 0x1FFF);
  out.size = out.taken;
  for (std::size_t i = 0; i < out.taken; ++i) out.bytes[i] = text[i];
  if (c <= 0xFF) out.bytes[0] = static_cast<char>(0xC0 | c >> 6), out.bytes[1] = static_cast<char>(0x80 | (c & 0x3F));
  return out;
}

/// Whether a text goes on with a word character.
TIERWISE_INLINE bool goes_on_as_word(std::string_view text) noexcept {
  while (!text.empty()) {
    const folded_character c = fold_first(text);
    if (c.size != 0) return c.is_word;
    text.remove_prefix(c.taken);
  }
  return false;
}

}  // namespace detail

TIERWISE_INLINE std::string folded(std::string_view text) {
  std::string out;
  bool after_space = false;
  while (!text.empty()) {
    const detail::folded_character c = detail::fold_first(text);
    text.remove_prefix(c.taken);
    if (c.size == 0) continue;
    if (!(c.is_space && after_space)) out.append(c.bytes.data(), c.size);
    after_space = c.is_space;
  }
  return out;
}

TIERWISE_INLINE std::span<const std::uint32_t> matcher::tags_of(std::size_t which) const noexcept {
  return std::span(tag_).subspan(first_tag_[which], first_tag_[which + 1] - first_tag_[which]);
}

TIERWISE_INLINE std::uint32_t matcher::next(std::uint32_t at, std::uint8_t byte) const noexcept {
  for (; at != 0; at = states_[at].fail) {
    const edge* first = edges_.data() + states_[at].first_edge;
    const edge* last = first + states_[at].edges;
    while (last - first > 8) {  // few states have many edges
      const edge* middle = first + (last - first) / 2;
      (middle->byte <= byte ? first : last) = middle;
    }
    for (; first != last; ++first)
      if (first->byte == byte) return first->to;
  }
  return root_[byte];
}

TIERWISE_INLINE std::vector<term_match> matcher::find(std::string_view text) const {
  struct origin {
    std::size_t byte, point;
    bool after_word;  // a word character stands before
  };
  std::size_t room = 1;
  while (room < longest_ + 4) room *= 2;
  std::vector<origin> origins(room);  // of the latest folded bytes, round and round
  std::vector<term_match> out;  // none lies inside another: begins and ends rise
  std::size_t at = 0, point = 0, emitted = 0;
  std::uint32_t in = 0;
  bool after_word = false, after_space = false;
  while (at < text.size()) {
    const detail::folded_character c = detail::fold_first(text.substr(at));
    const std::size_t end = at + c.taken;
    if (c.size == 0) {
      at = end, ++point;
      continue;
    }
    if (!(c.is_space && after_space)) {
      for (std::size_t i = 0; i < c.size; ++i, ++emitted) {
        origins[emitted & (room - 1)] = {at, point, i == 0 ? after_word : c.is_word};
        in = next(in, static_cast<std::uint8_t>(c.bytes[i]));
      }
      std::uint32_t ends = states_[in].term >= 0 ? in : states_[in].shorter;
      if (ends != 0) {
        const bool before_word = detail::goes_on_as_word(text.substr(end));
        for (; ends != 0; ends = states_[ends].shorter) {  // the longest that may stand here
          const auto which = static_cast<std::uint32_t>(states_[ends].term);
          const origin& from = origins[(emitted - terms_[which].size()) & (room - 1)];
          if (((edge_of_word_[which] & 1) != 0 && from.after_word) || ((edge_of_word_[which] & 2) != 0 && before_word))
            continue;
          while (!out.empty() && out.back().begin >= from.byte) out.pop_back();
          out.push_back({from.byte, end, from.point, point + 1, which});
          break;
        }
      }
    }
    after_word = c.is_word, after_space = c.is_space;
    at = end, ++point;
  }
  std::erase_if(out, [&](const term_match& m) { return tags_of(m.term).empty(); });
  return out;
}

TIERWISE_INLINE void matcher::count(std::string_view text, std::span<std::uint32_t> out) const {
  if (out.size() != tags_.size())
    throw Error(errc::length_mismatch, "expected a cell for each tag of the dictionary", {{}, "out", -1});
  std::ranges::fill(out, 0u);
  for (const term_match& m : find(text))
    for (const std::uint32_t t : tags_of(m.term)) ++out[t];
}

TIERWISE_INLINE result<matcher> compile_matcher(std::span<const term> dictionary) {
  matcher out;
  std::vector<std::pair<std::string, std::size_t>> order;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < dictionary.size(); ++i) {
    const auto refuse = [&](errc code, const char* message) {
      return Error(code, message, {{}, "dictionary", static_cast<std::int64_t>(i)});
    };
    for (std::string_view rest = dictionary[i].text; !rest.empty();) {
      const std::uint8_t length = detail::well_formed(rest);
      if (length == 0) return refuse(errc::not_utf8, "expected a term in UTF-8");
      rest.remove_prefix(length);
    }
    std::string text = folded(dictionary[i].text);
    if (text.ends_with(' ')) text.pop_back();
    if (text.starts_with(' ')) text.erase(0, 1);
    if (text.empty()) return refuse(errc::invalid_argument, "expected a term, found nothing or only white space");
    for (const std::string& id : dictionary[i].tags) {
      if (id.find_first_not_of(" \t\r\n") == std::string::npos)
        return refuse(errc::invalid_argument, "expected the id of a tag, found nothing or only white space");
      out.tags_.push_back(id);
    }
    bytes += text.size();
    if (bytes >= (std::size_t{1} << 31))
      return refuse(errc::rule_too_large, "expected terms of less than 2^31 bytes together");
    order.emplace_back(std::move(text), i);
  }
  std::ranges::sort(out.tags_);
  out.tags_.erase(std::unique(out.tags_.begin(), out.tags_.end()), out.tags_.end());
  std::ranges::sort(order);
  for (std::size_t i = 0; i < order.size();) {
    out.terms_.push_back(order[i].first);
    out.first_tag_.push_back(static_cast<std::uint32_t>(out.tag_.size()));
    const auto begin = static_cast<std::ptrdiff_t>(out.tag_.size());
    for (; i < order.size() && order[i].first == out.terms_.back(); ++i)
      for (const std::string& id : dictionary[order[i].second].tags)
        out.tag_.push_back(static_cast<std::uint32_t>(std::ranges::lower_bound(out.tags_, id) - out.tags_.begin()));
    std::sort(out.tag_.begin() + begin, out.tag_.end());
    out.tag_.erase(std::unique(out.tag_.begin() + begin, out.tag_.end()), out.tag_.end());
  }
  out.first_tag_.push_back(static_cast<std::uint32_t>(out.tag_.size()));

  // Terms are sorted, so the states of one depth have their terms next to each other: the tree grows breadth first, over ranges.
  struct range {
    std::size_t begin, end, depth;
  };
  std::vector<range> ranges{{0, out.terms_.size(), 0}};
  out.states_.emplace_back();
  for (std::uint32_t at = 0; at < out.states_.size(); ++at) {
    const range mine = ranges[at];
    std::size_t i = mine.begin;
    if (i < mine.end && out.terms_[i].size() == mine.depth) out.states_[at].term = static_cast<std::int32_t>(i++);
    out.states_[at].first_edge = static_cast<std::uint32_t>(out.edges_.size());
    while (i < mine.end) {
      const char byte = out.terms_[i][mine.depth];
      const std::size_t begin = i;
      while (i < mine.end && out.terms_[i][mine.depth] == byte) ++i;
      out.edges_.push_back({static_cast<std::uint8_t>(byte), static_cast<std::uint32_t>(out.states_.size())});
      out.states_.emplace_back();
      ranges.push_back({begin, i, mine.depth + 1});
    }
    out.states_[at].edges = static_cast<std::uint32_t>(out.edges_.size() - out.states_[at].first_edge);
  }
  for (std::uint32_t e = 0; e < out.states_[0].edges; ++e) out.root_[out.edges_[e].byte] = out.edges_[e].to;
  for (std::uint32_t at = 0; at < out.states_.size(); ++at) {  // parents come before children
    for (std::uint32_t e = 0; e < out.states_[at].edges; ++e) {
      const matcher::edge to = out.edges_[out.states_[at].first_edge + e];
      matcher::state& child = out.states_[to.to];
      child.fail = at == 0 ? 0 : out.next(out.states_[at].fail, to.byte);
      child.shorter = out.states_[child.fail].term >= 0 ? child.fail : out.states_[child.fail].shorter;
    }
  }
  for (const std::string& text : out.terms_) {
    std::uint8_t edges = 0;
    std::string_view rest = text;
    bool word = false;
    for (bool first = true; !rest.empty(); first = false) {
      const detail::folded_character c = detail::fold_first(rest);
      rest.remove_prefix(c.taken);
      word = c.is_word;
      if (first && word) edges |= 1;
    }
    if (word) edges |= 2;
    out.edge_of_word_.push_back(edges);
    out.longest_ = std::max(out.longest_, text.size());
  }
  return out;
}

}  // namespace tierwise
