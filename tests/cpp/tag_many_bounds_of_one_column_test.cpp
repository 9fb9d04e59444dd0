// Many rules that compare one column of single precision, which machines answer by ranking its values: each as if it were alone.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <tierwise/tag/tag.hpp>

namespace {

using namespace tierwise;

constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

/// Bounds as rules write them: of each number also neighbours that no float is.
std::vector<std::string> bounds(std::size_t many, std::mt19937_64& random) {
  std::vector<std::string> out;
  while (out.size() < many) {
    const auto whole = static_cast<int>(random() % 50);
    switch (random() % 4) {
      case 0: out.push_back(std::to_string(whole)); break;
      case 1: out.push_back(std::to_string(whole) + ".1"); break;  // between two floats
      case 2: out.push_back(std::to_string(whole) + ".100000001490116"); break;  // almost the float above it
      default: out.push_back(std::to_string(whole) + ".5");
    }
  }
  return out;
}

float value(std::mt19937_64& random) {
  const auto whole = static_cast<float>(random() % 50);
  switch (random() % 8) {
    case 0: return nan;
    case 1: return whole + 0.1f;
    case 2: return std::nextafter(whole + 0.1f, infinity);
    case 3: return whole + 0.5f;
    case 4: return random() % 2 == 0 ? infinity : -infinity;
    case 5: return -0.0f;
    default: return whole;
  }
}

TEST_CASE("tag: many bounds of one column are one by one what they are together") {
  std::mt19937_64 random(7);
  for (const std::size_t many : {1u, 3u, 4u, 5u, 14u, 15u, 16u, 17u, 30u, 31u, 32u, 60u}) {
    for (const std::size_t rows : {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{1'500}}) {
      CAPTURE(many);
      CAPTURE(rows);
      std::vector<float> values(rows);
      for (float& v : values) v = value(random);
      const char* const signs[] = {">", ">=", "<", "<=", "==", "!="};
      std::vector<tag::definition> definitions;
      std::vector<std::pair<std::string, double>> asked;
      for (const std::string& bound : bounds(many, random)) {
        asked.emplace_back(signs[random() % 6], std::stod(bound));
        definitions.push_back({"t" + std::to_string(asked.size()), "", "", tag::layer::basic,
                               std::string("x ").append(asked.back().first).append(" ").append(bound)});
      }
      definitions.push_back({"there", "", "", tag::layer::basic, "known(x)"});
      table_view table;
      table.add("x", std::span<const float>(values));
      tag::schema schema;
      schema.columns = {{"x", tag::value_type::number}};
      const auto registry = tag::compile(definitions, schema).value();
      const tag::tag_bits all = tag::evaluate(registry, table).value();
      for (std::size_t row = 0; row < rows; ++row) {
        const auto x = static_cast<double>(values[row]);
        REQUIRE(all.yes[many].test(row) == !std::isnan(x));
        for (std::size_t t = 0; t < many; ++t) {
          const auto& [sign, bound] = asked[t];
          const bool expected = sign == ">"    ? x > bound
                                : sign == ">=" ? x >= bound
                                : sign == "<"  ? x < bound
                                : sign == "<=" ? x <= bound
                                : sign == "==" ? x == bound
                                               : !std::isnan(x) && x != bound;
          REQUIRE(all.yes[t].test(row) == expected);
          REQUIRE(all.known[t].test(row) == !std::isnan(x));
        }
      }
    }
  }
}

}  // namespace
