// One doctor × many rules, as a service asks.
//   bench_tags RULES ROUNDS   prints {"rules", "one_us"}
#include <cstdio>
#include <cstdlib>
#include <string>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/tag.hpp>

#include "stopwatch.hpp"

int main(int argc, char** argv) {
  using namespace tierwise;
  if (argc != 3) return std::fprintf(stderr, "usage: bench_tags RULES ROUNDS\n"), 2;
  const int rules = std::atoi(argv[1]), rounds = std::atoi(argv[2]);
  if (rules <= 0 || rounds <= 0) return std::fprintf(stderr, "bench_tags: expected numbers above 0\n"), 2;

  // `"x" + std::to_string(i)` makes GCC 12 warn of what is not there.
  const auto named = [](const char* letter, std::uint32_t number) {
    return std::string(letter).append(std::to_string(number));
  };
  constexpr std::uint32_t columns = 16, texts = 4, words = 30;
  random_stream random(1, 2, 3);
  tag::schema schema;
  table doctor;
  for (std::uint32_t i = 0; i < columns; ++i) {
    schema.columns.push_back({named("x", i), tag::value_type::number});
    doctor.add(schema.columns.back().name, std::vector<double>{random.uniform() * 100});
  }
  for (std::uint32_t i = 0; i < texts; ++i) {
    schema.columns.push_back({named("c", i), tag::value_type::text});
    std::vector<std::string> names;
    for (std::uint32_t w = 0; w < words; ++w) names.push_back(named("w", w));
    doctor.add(schema.columns.back().name, {static_cast<std::int32_t>(random.below(words))}, std::move(names));
  }
  std::vector<tag::definition> definitions;
  for (int i = 0; i < rules; ++i) {
    std::string rule;
    for (std::uint32_t part = 0, parts = 1 + random.below(3); part < parts; ++part) {
      if (part > 0) rule += random.below(2) == 0 ? " and " : " or ";
      if (random.below(5) == 0)
        rule.append(named("c", random.below(texts)))
            .append(" in {\"")
            .append(named("w", random.below(words)))
            .append("\"}");
      else
        rule.append(named("x", random.below(columns))).append(" > ").append(std::to_string(random.below(100)));
    }
    definitions.push_back({named("t", static_cast<std::uint32_t>(i)), "", "", tag::layer::basic, rule});
  }
  const tag::registry registry = tag::compile(std::move(definitions), schema).value();
  tag::tag_bits answer;
  std::vector<double> us;
  for (int round = -100; round < rounds; ++round) {  // some to warm up
    const double ms = benchmarks::time_ms([&] {
      for (int i = 0; i < 10; ++i) (void)tag::evaluate(registry, doctor.view(), answer).value();
    });
    if (round >= 0) us.push_back(100 * ms);
  }
  std::printf("{\"rules\": %d, \"one_us\": %.2f}\n", rules, benchmarks::median(us));
}
