// Terms in texts against a search at every position, which knows no automaton.
#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/matcher.hpp>

namespace {

using namespace tierwise;
using tag::term;
using tag::term_match;

/// A character of a text, decoded the plain way; what is not UTF-8 is one byte and equals nothing.
struct letter {
  std::string bytes;  // folded
  std::size_t begin, end, point;
  bool word = false, space = false;
};

std::uint32_t code_point(std::string_view text, std::size_t at, std::size_t& size) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  const auto tail = [&](std::size_t n) {
    for (std::size_t i = 1; i <= n; ++i)
      if (byte(i) < 0x80 || byte(i) > 0xBF) return false;
    return true;
  };
  size = 1;
  if (byte(0) < 0x80) return byte(0);
  std::uint32_t c = 0;
  if (byte(0) >= 0xC0 && byte(0) < 0xE0 && tail(1) && (c = (byte(0) & 31u) << 6 | (byte(1) & 63u)) >= 0x80)
    size = 2;
  else if (byte(0) >= 0xE0 && byte(0) < 0xF0 && tail(2) &&
           (c = (byte(0) & 15u) << 12 | (byte(1) & 63u) << 6 | (byte(2) & 63u)) >= 0x800 && (c < 0xD800 || c > 0xDFFF))
    size = 3;
  else if (byte(0) >= 0xF0 && byte(0) < 0xF8 && tail(3) &&
           (c = (byte(0) & 7u) << 18 | (byte(1) & 63u) << 12 | (byte(2) & 63u) << 6 | (byte(3) & 63u)) >= 0x10000 &&
           c <= 0x10FFFF)
    size = 4;
  else
    return 0xFFFFFFFF;
  return c;
}

std::vector<letter> letters_of(std::string_view text) {
  std::vector<letter> out;
  std::size_t point = 0;
  for (std::size_t at = 0; at < text.size(); ++point) {
    std::size_t size = 0;
    std::uint32_t c = code_point(text, at, size);
    letter l{std::string(text.substr(at, size)), at, at + size, point};
    if (c == 0xFFFFFFFF) l.bytes = "\xFF";
    if (c >= 0xFF01 && c <= 0xFF5E) c = c - 0xFF01 + 0x21, l.bytes = std::string(1, static_cast<char>(c));
    if (c >= 'A' && c <= 'Z') c += 32, l.bytes = std::string(1, static_cast<char>(c));
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7) c += 32, l.bytes = {'\xC3', static_cast<char>(c - 0xC0 + 0x80)};
    const std::set<std::uint32_t> spaces{9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x2028, 0x2029, 0x3000};
    l.space = spaces.contains(c);
    if (l.space) l.bytes = " ";
    l.word = (c < 128 && (std::isalnum(static_cast<int>(c)) != 0 || c == '_')) ||
             (c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7) || (c >= 0x370 && c < 0x530);
    if (!(l.space && !out.empty() && out.back().space)) out.push_back(l);
    at += size;
  }
  return out;
}

/// Every term at every place, then those that lie in a longer one are taken out.
std::vector<term_match> slowly(const tag::matcher& m, std::string_view text) {
  const std::vector<letter> letters = letters_of(text);
  std::vector<term_match> all;
  for (std::size_t t = 0; t < m.terms().size(); ++t) {
    const std::vector<letter> wanted = letters_of(m.terms()[t]);
    for (std::size_t i = 0; i + wanted.size() <= letters.size(); ++i) {
      bool same = true;
      for (std::size_t j = 0; j < wanted.size() && same; ++j) same = letters[i + j].bytes == wanted[j].bytes;
      const std::size_t end = i + wanted.size();
      if (!same || (wanted.front().word && i > 0 && letters[i - 1].word) ||
          (wanted.back().word && end < letters.size() && letters[end].word))
        continue;
      all.push_back({letters[i].begin, letters[end - 1].end, letters[i].point, letters[end - 1].point + 1,
                     static_cast<std::uint32_t>(t)});
    }
  }
  std::vector<term_match> out;
  for (const term_match& a : all) {
    const bool hidden = std::ranges::any_of(all, [&](const term_match& b) {
      return b.begin <= a.begin && a.end <= b.end && b.end - b.begin > a.end - a.begin;
    });
    if (!hidden && !m.tags_of(a.term).empty()) out.push_back(a);
  }
  std::ranges::sort(out, {}, &term_match::begin);
  return out;
}

tag::matcher shipped() { return tag::compile_matcher(tag::shipped_terms()).value(); }

std::vector<std::string> tags_in(const tag::matcher& m, std::string_view text) {
  std::vector<std::uint32_t> count(m.tags().size());
  m.count(text, count);
  std::vector<std::string> out;
  for (std::size_t t = 0; t < count.size(); ++t)
    if (count[t] > 0) out.push_back(m.tags()[t]);
  return out;
}

using names = std::vector<std::string>;

const std::vector<std::string> pieces = {"a",
                                         "b",
                                         "A",
                                         "B",
                                         "ab",
                                         "é",
                                         "É",
                                         "肺",
                                         "癌",
                                         "小细胞",
                                         " ",
                                         "\n",
                                         "\u3000",
                                         "Ａ",
                                         "-",
                                         "1",
                                         "_",
                                         "×",
                                         "😀",
                                         "Ω",
                                         std::string(1, '\0'),
                                         "\xFF",
                                         "\xE8\x82",
                                         "\xC3",
                                         "\xED\xA0\x80",
                                         "\xF0\x9F",
                                         "\xC2\x85",
                                         "\xC0\x80",
                                         "ß"};

std::string text_of(random_stream& random, std::uint32_t longest, std::uint32_t kinds) {
  std::string out;
  for (std::uint64_t n = random.below(longest + 1); n > 0; --n) out += pieces[random.below(kinds)];
  return out;
}

}  // namespace

TEST_CASE("A term inside a longer one does not count") {
  const tag::matcher m = shipped();
  CHECK(tags_in(m, "非小细胞肺癌的一线治疗") == names{"first_line", "lung_cancer", "oncology"});
  CHECK(tags_in(m, "小细胞肺癌") == names{"lung_cancer", "oncology", "small_cell_lung_cancer"});
  CHECK(tags_in(m, "Non-Small Cell\n Lung Cancer") == names{"lung_cancer", "oncology"});
  CHECK(tags_in(m, "small cell lung cancer; non-small cell lung cancer") ==
        names{"lung_cancer", "oncology", "small_cell_lung_cancer"});
  CHECK(tags_in(m, "Teaching aids for the ward").empty());
  CHECK(tags_in(m, "AIDS").empty());  // letters alone do not tell it from visual aids
  CHECK(tags_in(m, "HIV/AIDS") == names{"hiv", "infectious_disease"});
}

TEST_CASE("Terms that overlap without one lying in the other all count") {
  const std::vector<term> dictionary{{"临床试验", {"trial"}}, {"试验数据", {"data"}}, {"试验", {"test"}}};
  const tag::matcher m = tag::compile_matcher(dictionary).value();
  CHECK(tags_in(m, "临床试验数据") == names{"data", "trial"});
  CHECK(tags_in(m, "试验") == names{"test"});
}

TEST_CASE("Words have boundaries where they are written with letters, and none in Chinese") {
  const tag::matcher m = shipped();
  CHECK(tags_in(m, "influenza flurry fluent reflux").size() == 2);
  CHECK(tags_in(m, "使用PD-1抑制剂，ＨＥＲ２阳性") == names{"breast_cancer", "immunotherapy", "oncology"});
  CHECK(tags_in(m, "HER2x xHER2 _her2 ÉHER2").empty());
}

TEST_CASE("Positions are of the text as given, in bytes and in code points") {
  const std::vector<term> dictionary{{"lung cancer", {"x"}}, {"肺癌", {"y"}}};
  const tag::matcher m = tag::compile_matcher(dictionary).value();
  const auto found = m.find("é ＬＵＮＧ \u3000cancer，肺癌");
  REQUIRE(found.size() == 2);
  CHECK(found[0] == term_match{3, 25, 2, 14, 0});
  CHECK(found[1] == term_match{28, 34, 15, 17, 1});
}

TEST_CASE("Any dictionary and any bytes: as a search at every position finds") {
  std::size_t found = 0;
  for (std::uint64_t run = 0; run < 6000; ++run) {
    random_stream random(7, run, 11);
    const std::uint32_t kinds = 3 + random.below(static_cast<std::uint32_t>(pieces.size()) - 2);
    std::vector<term> dictionary;
    for (std::uint64_t n = 1 + random.below(12); n > 0; --n) {
      const std::string text = text_of(random, 4, std::min(kinds, 20u));
      if (tag::folded(text).find_first_not_of(' ') == std::string::npos) continue;
      dictionary.push_back({text, {}});
      for (std::uint64_t k = random.below(3); k > 0; --k)
        dictionary.back().tags.push_back(std::string("t").append(std::to_string(random.below(4))));
    }
    const auto m = tag::compile_matcher(dictionary).value();
    const std::string text = text_of(random, 40, kinds);
    const auto fast = m.find(text), slow = slowly(m, text);
    REQUIRE(fast == slow);
    std::ranges::reverse(dictionary);
    REQUIRE(tag::compile_matcher(dictionary).value().find(text) == fast);
    found += fast.size();
  }
  CHECK(found > 3000);  // the comparison saw something
}

TEST_CASE("The shipped dictionary is sound, and large texts are read in bounded memory") {
  const auto all = tag::shipped_content_tags();
  CHECK(all.size() >= 40);
  CHECK(tag::shipped_terms().size() >= 400);
  std::set<std::string> ids, texts;
  for (const tag::content_tag& t : all) {
    CHECK_MESSAGE(ids.insert(std::string(t.id)).second, t.id);
    CHECK(!t.name_en.empty());
    CHECK(!t.name_zh.empty());
    CHECK_MESSAGE((t.broader.empty() || ids.contains(std::string(t.broader))), t.id);
  }
  for (const term& t : tag::shipped_terms()) CHECK_MESSAGE(texts.insert(tag::folded(t.text)).second, t.text);
  const tag::matcher m = shipped();
  for (const term& t : tag::shipped_terms()) {
    const auto found = m.find(t.text);
    CHECK_MESSAGE(found.size() == (t.tags.empty() ? 0u : 1u), t.text);  // no term hides behind its own parts
    if (!found.empty()) CHECK(found[0].end == t.text.size());
  }
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "糖尿病 and heart failure. \xFF ";
  const auto found = m.find(text);
  CHECK(found.size() == 40000);
  CHECK(found.back().end == text.size() - 4);
}

TEST_CASE("What is no dictionary is refused, and the term named") {
  const auto refused = [](std::vector<term> dictionary, errc code) {
    dictionary.insert(dictionary.begin(), {"fine", {"tag"}});
    const auto got = tag::compile_matcher(dictionary);
    return !got && got.error().code() == code && got.error().where().row == 1;
  };
  CHECK(refused({{"", {"t"}}}, errc::invalid_argument));
  CHECK(refused({{" \u3000\n", {"t"}}}, errc::invalid_argument));
  CHECK(refused({{"x", {""}}}, errc::invalid_argument));
  CHECK(refused({{"\xC0\x80", {"t"}}}, errc::not_utf8));
  CHECK(refused({{"\xED\xA0\x80", {"t"}}}, errc::not_utf8));
  const auto none = tag::compile_matcher({}).value();
  CHECK(none.find("anything").empty());
  std::vector<std::uint32_t> one(1);
  CHECK_THROWS_AS(none.count("x", one), Error);
}
