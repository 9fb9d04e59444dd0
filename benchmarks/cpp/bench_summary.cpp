// What fits of one numeric column cost in C++: exact deciles on one machine, and merging summaries of parts.
//   bench_summary fit ROWS ROUNDS     prints {"rows", "fit_ms", "input_bytes", "extra_bytes"}: deciles by heads of three float64
//                                     scores and by volume of the first; the most memory ever held beyond the input
//   bench_summary merge ROWS ROUNDS   prints {"rows", "merge_ms", "bytes"}: 64 summaries of ROWS log-normal rows each
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <tierwise/core/quantiles.hpp>
#include <tierwise/core/random.hpp>

#include "counted_memory.hpp"
#include "stopwatch.hpp"

namespace {

using namespace tierwise;

std::vector<double> log_normal(std::size_t rows, std::uint64_t id) {
  random_stream random(1, id, 0);
  std::vector<double> out(rows);
  for (double& v : out) {  // Box and Muller
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
    v = std::exp(3 + 1.2 * radius * std::cos(6.283185307179586 * random.uniform()));
  }
  return out;
}

void fit(std::size_t rows, int rounds) {
  std::vector<std::vector<double>> scores = {log_normal(rows, 0), std::vector<double>(rows), std::vector<double>(rows)};
  for (std::size_t k = 1; k < 3; ++k) {
    random_stream random(2, k, 0);
    for (double& v : scores[k]) v = 100 * random.uniform();
  }
  const double tenths[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
  std::vector<double> times;
  double check = 0;
  const std::size_t before = benchmarks::held;
  benchmarks::most_held = benchmarks::held;
  for (int round = -1; round < rounds; ++round) {
    const double time = benchmarks::time_ms([&] {
      for (const std::vector<double>& score : scores) check += quantiles(std::span<const double>(score), tenths)[4];
      check += floors_by_volume(std::span<const double>(scores[0]), tenths)[3];
    });
    if (round >= 0) times.push_back(time);
  }
  std::printf("{\"rows\": %zu, \"fit_ms\": %.3f, \"input_bytes\": %zu, \"extra_bytes\": %zu, \"check\": %.3f}\n", rows,
              benchmarks::median(times), 3 * rows * sizeof(double), benchmarks::most_held - before, check);
}

void merge(std::size_t rows, int rounds) {
  std::vector<summary> parts(64);
  for (std::size_t k = 0; k < parts.size(); ++k) parts[k].add(std::span<const double>(log_normal(rows, k)));
  std::vector<double> times;
  std::size_t bytes = 0;
  for (int round = -1; round < rounds; ++round) {
    summary all;
    const double time = benchmarks::time_ms([&] {
      for (const summary& part : parts) all.merge(part);
    });
    if (round >= 0) times.push_back(time);
    bytes = all.to_bytes().size();
  }
  std::printf("{\"rows\": %zu, \"merge_ms\": %.4f, \"bytes\": %zu}\n", rows, benchmarks::median(times), bytes);
}

}  // namespace

int main(int argc, char** argv) {
  const bool fits = argc == 4 && std::strcmp(argv[1], "fit") == 0;
  if (!fits && (argc != 4 || std::strcmp(argv[1], "merge") != 0))
    return std::fprintf(stderr, "usage: bench_summary fit|merge ROWS ROUNDS\n"), 2;
  const auto rows = static_cast<std::size_t>(std::strtoull(argv[2], nullptr, 10));
  const int rounds = std::atoi(argv[3]);
  if (rows == 0 || rounds <= 0) return std::fprintf(stderr, "bench_summary: expected numbers above 0\n"), 2;
  fits ? fit(rows, rounds) : merge(rows, rounds);
}
