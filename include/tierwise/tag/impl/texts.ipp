// What the functions of texts give.
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

/// So that a view of a text finds it.
struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};

/// The text that lower() or trim() makes, kept in `room` where it is a new one. Letters are those of ASCII, and so are blanks.
TIERWISE_INLINE std::string_view changed_text(node_kind function, std::string_view text, std::string& room) {
  if (function == node_kind::trim) {
    const auto begin = text.find_first_not_of(" \t\n\r");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\n\r") - begin + 1);
  }
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  room = std::move(out);
  return room;
}

/// Of a length, the characters (code points; of bytes that are not UTF-8, one each); of a text question, 1 or 0.
TIERWISE_INLINE double answer_of_text(const rule::node& question, std::string_view text) {
  switch (question.kind) {
    case node_kind::length: {
      std::size_t characters = 0;
      for (std::size_t at = 0; at < text.size(); ++characters) at += std::max<std::size_t>(1, decode(text, at).bytes);
      return static_cast<double>(characters);
    }
    case node_kind::starts_with: return text.starts_with(question.text);
    case node_kind::ends_with: return text.ends_with(question.text);
    default: return text.find(question.text) != text.npos;
  }
}

}  // namespace tierwise
