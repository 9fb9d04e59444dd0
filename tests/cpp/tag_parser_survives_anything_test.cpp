// Whatever text a rule is, parsing gives a rule or an error that a person can read.
#include <string>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/tag/rule.hpp>

namespace {

using namespace tierwise;
using tag::value_type;

tag::schema schema() {
  return {.columns = {{"specialty", value_type::text},
                      {"patients", value_type::number},
                      {"is_member", value_type::boolean},
                      {"joined", value_type::date}},
          .channels = {"visit", "video"},
          .measures = {"amount_usd"},
          .tags = {"opted_out"}};
}

const std::vector<std::string> good = {
    R"(specialty in {"Oncology", "血液科"} and count(channel == "visit", 90d) >= 3)",
    R"(not has_tag("opted_out") and (last("video") <= 30d or share("video", 180d) > 0.4))",
    R"(joined >= date("2015-01-31") or known(patients) and patients != -2.5)",
    R"((is_member == false) or sum("amount_usd", 365d) in {1, 2, 3})",
    R"(-patients * 2 + 1 > max(3, length(trim(specialty))) / 4 and joined + 30d - joined == last("visit"))",
    R"(contains(lower(specialty), "onco") or last("video") != null and abs(trend(engagement, 90d)) >= 1.5)"};

bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
    const unsigned first = byte(i);
    const std::size_t n = first < 0x80                    ? 1
                          : first >= 0xC2 && first < 0xE0 ? 2
                          : first >= 0xE0 && first < 0xF0 ? 3
                          : first >= 0xF0 && first < 0xF5 ? 4
                                                          : 0;
    if (n == 0) return false;
    for (std::size_t k = 1; k < n; ++k)
      if (byte(i + k) < 0x80 || byte(i + k) > 0xBF) return false;
    i += n;
  }
  return true;
}

/// A rule, or an error of one of four codes whose last line is blanks and a caret, in valid UTF-8 without control characters.
void survives(const std::string& text) {
  const auto parsed = tag::parse_rule(text, schema());
  if (parsed) {
    RC_ASSERT(parsed.value().text() == text);
    RC_ASSERT(tag::parse_rule(parsed.value().format(), schema()).value().format() == parsed.value().format());
    return;
  }
  const Error& error = parsed.error();
  RC_ASSERT(error.code() == errc::rule_syntax || error.code() == errc::rule_type ||
            error.code() == errc::rule_unknown_name || error.code() == errc::rule_too_large);
  const std::string& message = error.message();
  RC_ASSERT(is_utf8(message));
  for (const char c : message)
    RC_ASSERT((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\n' || c == '\t');
  if (message.find('\n') == std::string::npos) return RC_ASSERT(error.code() == errc::rule_too_large);
  const std::string last = message.substr(message.rfind('\n') + 1);
  RC_ASSERT(last.find_first_not_of(" \t") == last.size() - 1);
  RC_ASSERT(last.back() == '^');
}

TEST_CASE("parser: random bytes, random characters of the language and damaged rules") {
  CHECK(rc::check("bytes", [](const std::string& text) { survives(text); }));
  CHECK(rc::check("characters of the language", [] {
    survives(*rc::gen::container<std::string>(rc::gen::elementOf(
        std::string(" \n\t()({}},,\"\"\\==!<>=<=>=0123456789d.-+*/_abcnotrdishe\xE8\x82\xBF\x80\xff"))));
  }));
  CHECK(rc::check("words of the language", [] {
    const std::vector<std::string> words = {
        "and",  "or",       "not",   "in",     "(",         ")",         "{",        "}",         ",",
        "==",   "<",        "30d",   "2",      "-1.5",      "\"visit\"", "count",    "last",      "share",
        "sum",  "has_tag",  "known", "date",   "channel",   "specialty", "patients", "is_member", "joined",
        "true", "肿",       "+",     "-",      "*",         "/",         "null",     "trend",     "min",
        "abs",  "contains", "lower", "length", "engagement"};
    std::string text;
    for (const auto& word : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(words)))
      text += word + " ";
    survives(text);
  }));
  CHECK(rc::check("a good rule with a few bytes changed, dropped or doubled", [] {
    std::string text = *rc::gen::elementOf(good);
    for (int n = *rc::gen::inRange(1, 5); n > 0 && !text.empty(); --n) {
      const auto at = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(text.size())));
      switch (*rc::gen::inRange(0, 4)) {
        case 0: text[at] = *rc::gen::arbitrary<char>(); break;
        case 1: text.erase(at, 1); break;
        case 2: text.insert(at, text.substr(at, static_cast<std::size_t>(*rc::gen::inRange(1, 9)))); break;
        default: text.resize(at);
      }
    }
    survives(text);
  }));
}

TEST_CASE("parser: rules of every size end, and the limits are where they are said to be") {
  const auto code = [](const std::string& text) {
    const auto parsed = tag::parse_rule(text, schema());
    return parsed ? std::string_view("none") : name_of(parsed.error().code());
  };
  const auto times = [](std::size_t n, const std::string& what) {
    std::string out;
    for (; n > 0; --n) out += what;
    return out;
  };
  CHECK(code(times(9'991, " ") + "is_member") == "none");
  CHECK(code(times(9'992, " ") + "is_member") == "rule_too_large");
  CHECK(code("specialty == \"" + times(9'985, "肿") + "\"") == "none");  // characters, not bytes
  CHECK(code("specialty == \"" + times(9'986, "肿") + "\"") == "rule_too_large");
  CHECK(code(times(1'000'000, "(")) == "rule_too_large");
  CHECK(code(times(9'999, "(")) == "rule_too_large");
  CHECK(code(times(2'000, "not ")) == "rule_too_large");
  CHECK(code(times(64, "(") + "is_member" + times(64, ")")) == "none");
  CHECK(code(times(65, "(") + "is_member" + times(65, ")")) == "rule_too_large");
  CHECK(code(times(64, "known(") + "is_member" + times(64, ")")) == "none");
  CHECK(code(times(65, "known(") + "is_member" + times(65, ")")) == "rule_too_large");
  CHECK(code(times(32, "not (") + "is_member" + times(32, ")")) == "none");
  CHECK(code(times(1'000, "true or ") + "false") == "none");  // what does not nest may be long
  CHECK(code(times(900, "(true) or ") + "false") == "none");
  CHECK(code("patients in {" + times(4'000, "1,") + "2}") == "rule_too_large");  // its canonical spelling is longer
  CHECK(code("patients in {" + times(3'000, "1, ") + "2}") == "none");
  CHECK(code(times(5'000, "\"")) == "rule_syntax");
  CHECK(code("specialty == \"" + std::string("\xED\xA0\x80") + "\"") == "rule_syntax");  // a surrogate
  CHECK(code("specialty == \"" + std::string("\xC0\xA2") + "\"") == "rule_syntax");  // overlong
  CHECK(code("specialty == \"" + std::string("\xE0\x82\xA2") + "\"") == "rule_syntax");
  CHECK(code("specialty == \"" + std::string("\xF0\x80\x82\xA2") + "\"") == "rule_syntax");
  CHECK(code("specialty == \"" + std::string("\xF4\x90\x80\x80") + "\"") == "rule_syntax");  // beyond U+10FFFF
  CHECK(code("specialty == \"" + std::string("\xE8\x82")) == "rule_syntax");  // cut short
  CHECK(code(times(200, "a") + " == 3") == "rule_unknown_name");
}

TEST_CASE("parser: the caret stands under the place, whatever is before it") {
  const auto message = [](std::string_view text) { return tag::parse_rule(text, schema()).error().message(); };
  CHECK(message("is_member and speciality == \"a\"") ==
        "unknown column 'speciality'; did you mean 'specialty'? (line 1, column 15)\n"
        "  is_member and speciality == \"a\"\n"
        "                ^");
  CHECK(message("is_member or\n  specialty == \"肿瘤\" and patient > 3\nor true") ==
        "unknown column 'patient'; did you mean 'patients'? (line 2, column 25)\n"
        "    specialty == \"肿瘤\" and patient > 3\n"
        "                            ^");  // 24 characters, of which two take two cells
  CHECK(message("\tpatients == 30d") ==
        "expected a number such as 2.5 to compare with, but this is a duration (line 1, column 14)\n"
        "  \tpatients == 30d\n"
        "  \t            ^");
  CHECK(message("specialty == \"e\xCC\x81\" an true") ==
        "expected an operator or the end of the rule, but found an; did you mean 'and'? (line 1, column 19)\n"
        "  specialty == \"e\xCC\x81\" an true\n"
        "                   ^");  // a combining accent takes no cell
  CHECK(message("is_member and") ==
        "expected a value: a column, a function, a number or \"text\", but the rule ends here (line 1, column 14)\n"
        "  is_member and\n"
        "               ^");
  CHECK(message("true\r\nand\x1B[2J") ==
        "a rule cannot hold a control character (line 2, column 4)\n"
        "  and\xEF\xBF\xBD[2J\n"
        "     ^");
  const std::string far = message("specialty == \"" + std::string(500, 'x') + "\" and patient > 3 and specialty == \"" +
                                  std::string(500, 'y') + "\"");
  CHECK(far.size() < 300);
  CHECK(far.find("…xxx") != std::string::npos);
  CHECK(far.find("yyy…") != std::string::npos);
}

TEST_CASE("parser: what a rule uses") {
  const auto uses =
      tag::parse_rule(
          "count(90d) > 1 and count(channel == \"visit\", 30d) > 1 and last(\"video\") < 3d and share(\"video\", 90d) "
          "> 0.5 "
          "and sum(\"amount_usd\", 365d) > 1 and not has_tag(\"opted_out\") and patients > 3 and known(patients)",
          schema())
          .value()
          .uses();
  CHECK(uses.columns == std::vector<std::string>{"contacts_90d", "contacts_video_90d", "contacts_visit_30d",
                                                 "days_since_video", "patients", "sum_amount_usd_365d"});
  CHECK(uses.windows_days == std::vector<std::int32_t>{30, 90});
  CHECK(uses.sums == std::vector<std::pair<std::string, std::int32_t>>{{"amount_usd", 365}});
  CHECK(uses.tags == std::vector<std::string>{"opted_out"});
  CHECK(uses.interactions);
  CHECK_FALSE(tag::parse_rule("patients > 3", schema()).value().uses().interactions);
}

}  // namespace
