// The text of a rule as people see it: UTF-8, lines, the caret under a place, names that were nearly right.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

struct code_point {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

/// The code point at byte `at`; overlong forms, surrogates and what lies beyond U+10FFFF are refused (RFC 3629).
TIERWISE_INLINE code_point decode(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + bytes > text.size()) return {};
  char32_t value = first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[bytes] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, bytes};
}

TIERWISE_INLINE std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> out;
  for (std::size_t at = 0; at < text.size();) {
    const code_point next = decode(text, at);
    out.push_back(next.bytes == 0 ? U'\uFFFD' : next.value);
    at += std::max<std::size_t>(next.bytes, 1);
  }
  return out;
}

/// How many cells of a terminal a character takes: the wide blocks of Unicode's East Asian Width (UAX #11), and marks without
/// a width of their own.
TIERWISE_INLINE int cells_of(char32_t c) noexcept {
  struct range {
    char32_t first, last;
  };
  constexpr range none[] = {{0x300, 0x36F}, {0x200B, 0x200F}, {0xFE00, 0xFE0F}};
  constexpr range two[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xAC00, 0xD7A3},
                           {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},  {0xFFE0, 0xFFE6},
                           {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
  const auto within = [c](const range& r) { return r.first <= c && c <= r.last; };
  if (std::any_of(std::begin(none), std::end(none), within)) return 0;
  return std::any_of(std::begin(two), std::end(two), within) ? 2 : 1;
}

TIERWISE_INLINE bool is_control(char32_t c) noexcept { return c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA0); }

TIERWISE_INLINE void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      put(0xE0 | (c >> 12));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3F));
    }
    put(0x80 | ((c >> 6) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

/// "what (line 2, column 7)", the line, and a caret under byte `at`. Of a long line only the neighbourhood is shown. The
/// message is valid UTF-8 without control characters, whatever the rule holds.
TIERWISE_INLINE std::string point_at(std::string_view text, std::size_t at, std::string_view what) {
  at = std::min(at, text.size());
  const std::string_view before = text.substr(0, at);
  const auto number = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t begin = before.find_last_of('\n') == before.npos ? 0 : before.find_last_of('\n') + 1;
  const std::vector<char32_t> line = code_points(text.substr(begin, text.find('\n', at) - begin));
  const std::size_t column = code_points(before.substr(begin)).size();

  constexpr std::size_t reach = 60;  // code points shown on either side
  const std::size_t from = column > reach ? column - reach : 0;
  const std::size_t to = std::min(line.size(), column + reach);
  std::string shown = from > 0 ? "  …" : "  ", below = from > 0 ? "   " : "  ";
  for (std::size_t i = from; i < to; ++i) {
    const char32_t c = line[i];
    if (c == '\r' && i + 1 == line.size()) break;
    append_utf8(shown, c != '\t' && is_control(c) ? U'\uFFFD' : c);
    if (i < column) below += c == '\t' ? "\t" : std::string(static_cast<std::size_t>(cells_of(c)), ' ');
  }
  if (to < line.size()) shown += "…";
  return std::string(what) + " (line " + std::to_string(number) + ", column " + std::to_string(column + 1) + ")\n" +
         shown + "\n" + below + "^";
}

/// Insertions, deletions, replacements and exchanges of neighbours that turn one word into the other (optimal string
/// alignment), letters compared without case. O(a · b).
TIERWISE_INLINE std::size_t edits(const std::vector<char32_t>& a, const std::vector<char32_t>& b) {
  const auto lower = [](char32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
  std::vector<std::size_t> two_ago(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_ago.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], two_ago[j - 2] + 1);
    }
  }
  return row[b.size()];
}

/// What to add to "unknown …": "; did you mean 'x'?", or all the names there are if they are few, or nothing.
TIERWISE_INLINE std::string suggest(std::string_view word, const std::vector<std::string_view>& names) {
  constexpr std::size_t longest = 64;
  const std::vector<char32_t> wanted = code_points(word);
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (const std::string_view name : names) {
    const std::vector<char32_t> candidate = code_points(name);
    if (wanted.size() > longest || candidate.size() > longest) continue;
    if (const std::size_t n = edits(wanted, candidate); n < least) {
      least = n;
      best = name;
    }
  }
  if (!best.empty()) return "; did you mean '" + std::string(best) + "'?";
  if (names.empty()) return "; none is defined";
  if (names.size() > 8) return {};
  std::string out = "; there ";
  out += names.size() == 1 ? "is " : "are ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += ", ";
    out += "'" + std::string(names[i]) + "'";
  }
  return out;
}

/// The same for a range of things that have, or are, names.
template <class Range, class Name>
std::string suggest_from(std::string_view word, const Range& range, const Name& name_of_item) {
  std::vector<std::string_view> names;
  for (const auto& item : range) names.push_back(name_of_item(item));
  return suggest(word, names);
}

}  // namespace tierwise
