// Questions over tags against truth tables row by row, and counts against counting.
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/count.hpp>

namespace {

using namespace tierwise;

struct world {
  std::vector<std::string> names = {"a", "b", "tag_3", "肿瘤"};
  std::vector<std::vector<std::optional<bool>>> truth;  // by tag and row
  tag::tag_bits bits;

  world(std::size_t rows, std::uint64_t seed) {
    random_stream random(seed, 1, 2);
    for (std::size_t t = 0; t < names.size(); ++t) {
      truth.emplace_back();
      bits.yes.emplace_back(rows), bits.known.emplace_back(rows);
      for (std::size_t i = 0; i < rows; ++i) {
        const auto roll = random.below(5);
        truth[t].push_back(roll == 0 ? std::nullopt : std::optional<bool>(roll < 3));
        if (roll > 0) bits.known[t].set(i);
        if (roll > 0 && roll < 3) bits.yes[t].set(i);
      }
    }
  }
};

/// A question and, independently of its text, its meaning.
struct question {
  std::string text;
  std::optional<bool> (*meaning)(const std::vector<std::vector<std::optional<bool>>>& t, std::size_t i);
};

std::optional<bool> no(std::optional<bool> a) { return a ? std::optional<bool>(!*a) : std::nullopt; }
std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
  if (a == false || b == false) return false;
  return a && b ? std::optional<bool>(true) : std::nullopt;
}
std::optional<bool> either(std::optional<bool> a, std::optional<bool> b) { return no(both(no(a), no(b))); }

const std::vector<question> questions = {
    {"a", [](const auto& t, std::size_t i) { return t[0][i]; }},
    {" ~ b ", [](const auto& t, std::size_t i) { return no(t[1][i]); }},
    {"a & b & ~tag_3", [](const auto& t, std::size_t i) { return both(both(t[0][i], t[1][i]), no(t[2][i])); }},
    {"a|b&肿瘤", [](const auto& t, std::size_t i) { return either(t[0][i], both(t[1][i], t[3][i])); }},
    {"(a|b)&肿瘤", [](const auto& t, std::size_t i) { return both(either(t[0][i], t[1][i]), t[3][i]); }},
    {"~~(~a\n| tag_3)", [](const auto& t, std::size_t i) { return either(no(t[0][i]), t[2][i]); }},
};

TEST_CASE("query: every question is answered as its truth table says, for any number of rows") {
  for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{1000}}) {
    const world w(rows, rows + 7);
    for (const question& q : questions) {
      CAPTURE(q.text);
      const tag::answer found = tag::query(q.text, w.names, w.bits).value();
      REQUIRE(found.yes.size() == rows);
      for (std::size_t i = 0; i < rows; ++i) {
        const auto expected = q.meaning(w.truth, i);
        REQUIRE(found.yes.test(i) == (expected == true));
        REQUIRE(found.known.test(i) == expected.has_value());
      }
    }
  }
}

TEST_CASE("query: what is wrong is told with its place") {
  const world w(10, 1);
  const auto fault = [&](const std::string& text) { return tag::query(text, w.names, w.bits).error(); };
  const std::vector<std::tuple<std::string, errc, std::string>> cases = {
      {"", errc::rule_syntax, "expected a tag"},
      {"a &", errc::rule_syntax, "expected a tag"},
      {"a b", errc::rule_syntax, "expected '&', '|' or the end (line 1, column 3)"},
      {"(a", errc::rule_syntax, "expected ')'"},
      {"a & tag3", errc::rule_unknown_name, "did you mean 'tag_3'?"},
      {"a &\n& b", errc::rule_syntax, "(line 2, column 1)"},
      {std::string(65, '~') + "a", errc::rule_too_large, "deeper than 64"},
      {std::string(20'000, 'a'), errc::rule_too_large, "10,000"}};
  for (const auto& [text, code, message] : cases) {
    CAPTURE(text);
    CHECK(fault(text).code() == code);
    CHECK(std::string(fault(text).what()).find(message) != std::string::npos);
  }
  tag::tag_bits fewer = w.bits;
  fewer.yes.pop_back();
  CHECK(tag::query("a", w.names, fewer).error().code() == errc::invalid_argument);
  CHECK(rc::check("any text is answered or refused",
                  [&](const std::string& text) { (void)tag::query(text, w.names, w.bits).has_value(); }));
}

TEST_CASE("pair_counts: as counting does, for any number of rows and pairs") {
  for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{64 * 512}, std::size_t{70'001}}) {
    const world w(rows, 3);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t a = 0; a < w.names.size(); ++a)
      for (std::size_t b = 0; b < w.names.size(); ++b) pairs.emplace_back(a, b);
    const auto found = tag::pair_counts(w.bits.yes, pairs).value();
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      std::size_t expected = 0;
      for (std::size_t i = 0; i < rows; ++i)
        expected += w.truth[pairs[p].first][i] == true && w.truth[pairs[p].second][i] == true;
      REQUIRE(found[p] == expected);
      REQUIRE(tag::count_both(w.bits.yes[pairs[p].first], w.bits.yes[pairs[p].second]) == expected);
#if TIERWISE_HEADER_ONLY  // what machines of another kind run
      const auto &a = w.bits.yes[pairs[p].first].words(), &b = w.bits.yes[pairs[p].second].words();
      REQUIRE(tag::detail::count_words(a.data(), b.data(), a.size()) == expected);
#if defined(__x86_64__)
      if (__builtin_cpu_supports("popcnt"))
        REQUIRE(tag::detail::count_words_popcnt(a.data(), b.data(), a.size()) == expected);
      if (__builtin_cpu_supports("avx512vpopcntdq"))
        REQUIRE(tag::detail::count_words_avx512(a.data(), b.data(), a.size()) == expected);
#endif
#endif
    }
  }
  const world w(5, 1);
  CHECK(tag::pair_counts(w.bits.yes, std::vector<std::pair<std::size_t, std::size_t>>{{0, 4}}).error().code() ==
        errc::invalid_argument);
  const std::vector<bit_set> uneven = {bit_set(3), bit_set(4)};
  CHECK(tag::pair_counts(uneven, {}).error().code() == errc::invalid_argument);
}

}  // namespace
