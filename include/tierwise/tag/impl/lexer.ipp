// Characters to tokens, one at a time, so that the first fault of a rule is the one reported.
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

enum class token_kind : std::uint8_t { end, name, number, duration, text, sign, bad };

struct token {
  token_kind kind = token_kind::end;
  std::size_t at = 0, size = 0;  // bytes of the rule
  double number = 0;             // of a number, or days of a duration
  std::string text;              // of a text without its quotes; of a bad token, what is wrong
};

TIERWISE_INLINE bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
TIERWISE_INLINE bool is_name_begin(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
TIERWISE_INLINE bool is_name_part(char c) noexcept { return is_name_begin(c) || is_digit(c); }

class lexer {
 public:
  explicit lexer(std::string_view text) : text_(text) {}

  [[nodiscard]] token next();

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] token finish(token_kind kind, std::size_t begin) const { return {kind, begin, at_ - begin, 0, {}}; }
  [[nodiscard]] static token bad(std::size_t at, std::string why) {
    return {token_kind::bad, at, 0, 0, std::move(why)};
  }

  [[nodiscard]] token number();
  [[nodiscard]] token quoted();
  [[nodiscard]] token sign();

  std::string_view text_;
  std::size_t at_ = 0;
};

TIERWISE_INLINE token lexer::next() {
  while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  const std::size_t begin = at_;
  if (at_ == text_.size()) return finish(token_kind::end, begin);
  if (is_name_begin(peek())) {
    while (is_name_part(peek())) ++at_;
    return finish(token_kind::name, begin);
  }
  if (is_digit(peek())) return number();
  return peek() == '"' ? quoted() : sign();
}

TIERWISE_INLINE token lexer::number() {
  const std::size_t begin = at_;
  bool whole = true;
  while (is_digit(peek())) ++at_;
  if (peek() == '.') {
    whole = false;
    ++at_;
    if (!is_digit(peek())) return bad(at_, "expected a digit after the decimal point");
    while (is_digit(peek())) ++at_;
  }
  token out = finish(token_kind::number, begin);
  const auto [end, status] = std::from_chars(text_.data() + begin, text_.data() + at_, out.number);
  if (status != std::errc() || !std::isfinite(out.number)) return bad(begin, "this number is too large or too small");
  if (peek() == 'd' && !is_name_part(peek(1)) && peek(1) != '.') {
    ++at_;
    ++out.size;
    out.kind = token_kind::duration;
    if (!whole) return bad(begin, "expected whole days; durations are written as 30d");
    if (out.number > longest_duration_days)
      return bad(begin, "durations go up to " + std::to_string(longest_duration_days) + "d");
  } else if (is_name_part(peek()) || peek() == '.') {
    return bad(at_, "expected the end of the number; durations are whole days, written as 30d");
  }
  return out;
}

TIERWISE_INLINE token lexer::quoted() {
  const std::size_t begin = at_++;
  std::string text;
  while (peek() != '"') {
    if (at_ == text_.size() || peek() == '\n')
      return bad(begin, "this text is not closed; expected '\"' on the same line");
    if (is_control(static_cast<unsigned char>(peek()) < 0x80 ? static_cast<char32_t>(peek()) : U'x') && peek() != '\t')
      return bad(at_, "text cannot hold a control character");
    if (peek() == '\\') {
      ++at_;
      if (peek() != '"' && peek() != '\\')
        return bad(at_ - 1, "expected \\\" or \\\\; a backslash means nothing else in a text");
    }
    text += text_[at_++];
  }
  ++at_;
  token out = finish(token_kind::text, begin);
  out.text = std::move(text);
  return out;
}

/// Signs, and hints for those of other languages and of Chinese keyboards.
TIERWISE_INLINE token lexer::sign() {
  const std::size_t begin = at_;
  const std::string_view pair = text_.substr(at_, 2);
  if (pair == "==" || pair == "!=" || pair == "<=" || pair == ">=") {
    at_ += 2;
    return finish(token_kind::sign, begin);
  }
  switch (peek()) {
    case '<':
    case '>':
    case '(':
    case ')':
    case '{':
    case '}':
    case '+':
    case '-':
    case '*':
    case '/':
    case ',': ++at_; return finish(token_kind::sign, begin);
    case '=': return bad(at_, "'=' is not an operator; did you mean '=='?");
    case '!': return bad(at_, "'!' is not an operator; did you mean 'not' or '!='?");
    case '&': return bad(at_, "'&' is not an operator; did you mean 'and'?");
    case '|': return bad(at_, "'|' is not an operator; did you mean 'or'?");
    case '\'': return bad(at_, "text is written in double quotes: \"…\"");
    case '.': return bad(at_, "expected a digit before the decimal point, as in 0.5");
    case '%': return bad(at_, "'%' means nothing in a rule; a share is a number from 0 to 1");
    case '[':
    case ']': return bad(at_, "sets are written in braces: {…}");
    default: break;
  }
  const char32_t c = decode(text_, at_).value;
  const auto quoted_sign = [](char32_t sign) {
    std::string out = "'";
    append_utf8(out, sign);
    return out + "'";
  };
  if (c == 0x2212 || c == 0x2013 || c == 0x00D7 || c == 0x00F7)
    return bad(at_, quoted_sign(c) + " is not an operator; did you mean '" +
                        (c == 0x00D7   ? "*"
                         : c == 0x00F7 ? "/"
                                       : "-") +
                        "'?");
  if (c == 0x201C || c == 0x201D || c == 0x300C || c == 0x300D)
    return bad(at_, "text is written in straight double quotes: \"…\"");
  if (c >= 0xFF01 && c <= 0xFF5E)
    return bad(at_, quoted_sign(c) + " is a full-width sign; did you mean " + quoted_sign(c - 0xFEE0) + "?");
  if (is_control(c)) return bad(at_, "a rule cannot hold a control character");
  if (c >= 0x80) return bad(at_, "names are of A–Z, a–z, 0–9 and _; text is written in double quotes");
  return bad(at_, quoted_sign(c) + " means nothing in a rule");
}

}  // namespace tierwise
