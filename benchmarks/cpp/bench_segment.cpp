// classify() beside the machine's own read bandwidth: the same bytes, summed, in turns with it.
//   bench_segment ROWS ROUNDS   prints {"rows", "classify_ms", "read_ms", "read_gb_per_s"}
#include <array>
#include <cstdio>
#include <cstdlib>

#include <tierwise/core/random.hpp>
#include <tierwise/segment/classify.hpp>

#include "read_all.hpp"
#include "stopwatch.hpp"

namespace {

using namespace tierwise;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: bench_segment ROWS ROUNDS\n"), 2;
  const auto rows = static_cast<std::size_t>(std::strtoull(argv[1], nullptr, 10));
  const int rounds = std::atoi(argv[2]);
  if (rows == 0 || rounds <= 0) return std::fprintf(stderr, "bench_segment: expected numbers above 0\n"), 2;

  std::array<std::vector<float>, 3> scores;
  for (std::size_t k = 0; k < 3; ++k) {
    random_stream random(1, k, 0);
    for (std::size_t i = 0; i < rows; ++i) scores[k].push_back(static_cast<float>(random.uniform() * 100));
  }
  std::vector<std::uint8_t> tiers(rows);
  const segment::scheme scheme = segment::default_policy().scheme;
  const segment::float_cuts cuts{{70, 45, 20}, {60, 30}, {60, 30}, 2, 2, 2};

  std::vector<double> classify_ms, read_ms;
  std::uint64_t sum = 0;
  std::int64_t counted = 0;
  for (int round = -2; round < rounds; ++round) {  // two rounds to warm up
    const double read = benchmarks::time_ms([&] {
      for (const std::vector<float>& column : scores) sum += benchmarks::read_all(std::as_bytes(std::span(column)));
    });
    const double classify = benchmarks::time_ms(
        [&] { counted += segment::classify(scheme, cuts, scores[0], scores[1], scores[2], tiers).front(); });
    if (round < 0) continue;
    read_ms.push_back(read);
    classify_ms.push_back(classify);
  }
  const double read = benchmarks::median(read_ms);
  std::printf("{\"rows\": %zu, \"classify_ms\": %.4f, \"read_ms\": %.4f, \"read_gb_per_s\": %.1f, \"check\": %lld}\n",
              rows, benchmarks::median(classify_ms), read, static_cast<double>(12 * rows) / read / 1e6,
              static_cast<long long>((sum & 1023) + static_cast<std::uint64_t>(counted & 1023)));
}
