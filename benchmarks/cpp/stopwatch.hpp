// Times and medians for the benchmark programs.
#ifndef TIERWISE_BENCHMARKS_STOPWATCH_HPP
#define TIERWISE_BENCHMARKS_STOPWATCH_HPP

#include <ctime>

#include <algorithm>
#include <vector>

namespace benchmarks {

/// Milliseconds of processor time that `what` takes on this thread. Not time on the wall: what else the machine does would
/// count too, and for longer runs more than for shorter ones.
template <class What>
double time_ms(const What& what) {
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
  };
  const double start = now();
  what();
  return now() - start;
}

inline double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace benchmarks

#endif
