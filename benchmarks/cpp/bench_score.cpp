// segment::assign() of doctors with three scorecards over 12 attributes, beside reading the same bytes, in turns with it.
//   bench_score ROWS ROUNDS [FOLDER]   prints times, bytes and the most memory ever held beyond input and output; with FOLDER also
//                                      writes the columns and what came out there, as plain arrays, for who wants to compare
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <tierwise/core/random.hpp>
#include <tierwise/segment/segment.hpp>

#include "counted_memory.hpp"
#include "read_all.hpp"
#include "stopwatch.hpp"

namespace {

using namespace tierwise;
using segment::transform;

segment::policy policy() {
  segment::policy out = segment::default_policy();
  out.potential.volume.clear();
  out.potential.cuts = {};
  out.potential.card.terms[0] = {"patients_per_week", 50, transform::linear, 0, 100};  // then hospital_level and title
  out.potential.card.terms.push_back({"beds", 10, transform::log, 0, 500});
  out.identity.terms = {{"society_offices", 30, transform::linear, 0, 3},
                        {"trials", 30, transform::linear, 0, 5},
                        {"publications", 20, transform::log, 0, 50},
                        {"teaching", 20, transform::capped, 0, 12}};
  segment::term articles{"articles", 15, transform::piecewise, 0, 1};
  articles.knots = {{0, 0}, {5, .5}, {25, 1}};
  out.engagement_card.terms = {{"visits", 45, transform::capped, 0, 24},
                               {"meetings", 25, transform::linear, 0, 10},
                               {"videos", 15, transform::capped, 0, 30},
                               articles};
  out.efforts.clear();
  return out;
}

struct number_column {
  const char* name;
  double below;
  bool whole;
};
constexpr std::array<number_column, 10> number_columns{{{"patients_per_week", 140, false},
                                                        {"beds", 700, true},
                                                        {"society_offices", 5, true},
                                                        {"trials", 8, true},
                                                        {"publications", 80, true},
                                                        {"teaching", 20, true},
                                                        {"visits", 40, true},
                                                        {"meetings", 15, true},
                                                        {"videos", 50, true},
                                                        {"articles", 40, true}}};
constexpr std::string_view hospitals[] = {"tier_3_large", "tier_3", "tier_2", "below"};
constexpr std::string_view titles[] = {"chief_physician", "associate_chief_physician", "attending_physician",
                                       "resident_physician"};

template <class T>
void write(const std::string& folder, const std::string& name, const std::vector<T>& values) {
  std::FILE* const file = std::fopen((folder + "/" + name).c_str(), "wb");
  if (file == nullptr || std::fwrite(values.data(), sizeof(T), values.size(), file) != values.size())
    std::perror(name.c_str()), std::exit(1);
  std::fclose(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) return std::fprintf(stderr, "usage: bench_score ROWS ROUNDS [FOLDER]\n"), 2;
  const auto rows = static_cast<std::size_t>(std::strtoull(argv[1], nullptr, 10));
  const int rounds = std::atoi(argv[2]);
  if (rows == 0 || rounds <= 0) return std::fprintf(stderr, "bench_score: expected numbers above 0\n"), 2;

  std::vector<std::vector<double>> numbers;
  for (std::size_t k = 0; k < number_columns.size(); ++k) {
    random_stream random(1, k, 0);
    std::vector<double>& column = numbers.emplace_back(rows);
    for (double& v : column) {
      v = random.uniform() * number_columns[k].below;
      if (number_columns[k].whole) v = std::floor(v);
      if (random.uniform() < 0.05) v = missing;
    }
  }
  std::array<std::vector<std::int32_t>, 2> codes{std::vector<std::int32_t>(rows), std::vector<std::int32_t>(rows)};
  for (std::size_t k = 0; k < codes.size(); ++k) {
    random_stream random(2, k, 0);
    for (std::int32_t& code : codes[k])
      code = random.uniform() < 0.05 ? -1 : static_cast<std::int32_t>(random.below(4));
  }
  table_view profiles;
  for (std::size_t k = 0; k < numbers.size(); ++k)
    profiles.add(number_columns[k].name, std::span<const double>(numbers[k]));
  profiles.add("hospital_level", column_view::categories(codes[0], hospitals));
  profiles.add("title", column_view::categories(codes[1], titles));

  const segment::model model = segment::fit(policy(), profiles).value();
  segment::assignment all;
  segment::contribution_columns parts;
  const auto assign = [&](segment::contribution_columns* to) {
    if (!segment::assign(model, profiles, all, to)) std::abort();
  };
  assign(&parts);  // the memory is there from here on
  std::vector<double> score_ms, parts_ms, read_ms;
  std::uint64_t sum = 0;
  const std::size_t before = benchmarks::held;
  benchmarks::most_held = benchmarks::held;
  for (int round = -1; round < rounds; ++round) {  // one to warm up
    const double read = benchmarks::time_ms([&] {
      for (const std::vector<double>& column : numbers) sum += benchmarks::read_all(std::as_bytes(std::span(column)));
      for (const std::vector<std::int32_t>& column : codes)
        sum += benchmarks::read_all(std::as_bytes(std::span(column)));
    });
    const double with_parts = benchmarks::time_ms([&] { assign(&parts); });
    const double score = benchmarks::time_ms([&] { assign(nullptr); });
    if (round < 0) continue;
    read_ms.push_back(read);
    parts_ms.push_back(with_parts);
    score_ms.push_back(score);
  }
  const std::size_t extra = benchmarks::most_held - before,
                    in = rows * (10 * sizeof(double) + 2 * sizeof(std::int32_t)),
                    out = rows * (9 * sizeof(double) + 3 * sizeof(std::int32_t) + 2 * sizeof(std::uint16_t) + 6);
  std::printf(
      "{\"rows\": %zu, \"parts_ms\": %.4f, \"score_ms\": %.4f, \"read_ms\": %.4f, \"input_bytes\": %zu, "
      "\"output_bytes\": %zu, \"parts_bytes\": %zu, \"extra_bytes\": %zu, \"check\": %llu}\n",
      rows, benchmarks::median(parts_ms), benchmarks::median(score_ms), benchmarks::median(read_ms), in, out,
      12 * rows * sizeof(double), extra, static_cast<unsigned long long>((sum & 1023) + all.tier[rows / 2]));
  if (argc < 4) return 0;
  const std::string folder = argv[3];
  for (std::size_t k = 0; k < numbers.size(); ++k) write(folder, number_columns[k].name, numbers[k]);
  write(folder, "hospital_level", codes[0]);
  write(folder, "title", codes[1]);
  write(folder, "out_potential", all.potential);
  write(folder, "out_identity", all.identity_score);
  write(folder, "out_engagement", all.engagement_score);
  write(folder, "out_grade", all.grade);
  write(folder, "out_identity_level", all.identity_level);
  write(folder, "out_engagement_level", all.engagement_level);
  write(folder, "out_tier", all.tier);
  const auto write_parts = [&](const segment::scorecard& card, const std::vector<std::vector<double>>& columns) {
    for (std::size_t k = 0; k < columns.size(); ++k) write(folder, "part_" + card.terms[k].column, columns[k]);
  };
  write_parts(model.policy.potential.card, parts.potential);
  write_parts(model.policy.identity, parts.identity);
  write_parts(model.policy.engagement_card, parts.engagement);
}
