// Marginals of simulated tables against numbers of two sets of real records. How those were computed, and where the simulator
// misses: docs/simulator.md, benchmarks/calibrate_simulator.py.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <tierwise/simulate/territory.hpp>

using namespace tierwise;

namespace {

double quantile(std::vector<double> values, double at) {
  const auto k = static_cast<std::ptrdiff_t>(at * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + k, values.end());
  return values[static_cast<std::size_t>(k)];
}

double share_of_busiest(std::vector<double> values, double part) {
  std::sort(values.rbegin(), values.rend());
  double top = 0, all = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    all += values[i];
    if (static_cast<double>(i) < part * static_cast<double>(values.size())) top += values[i];
  }
  return top / all;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

void near(double simulated, double real, double relative) {
  CAPTURE(simulated);
  CAPTURE(real);
  CHECK(std::abs(simulated - real) <= relative * real);
}

}  // namespace

TEST_CASE("simulate: contacts per doctor and the gaps between them are like those of open-payments-iowa") {
  simulate::options what;
  what.hcps = 20'000;
  what.from = parse_date("2013-08-01").value();
  what.to = parse_date("2015-06-30").value();
  const auto made = simulate::make_territory(what).value();
  const auto& log = made.interactions.view();
  const auto& who = *log.find("hcp_id");
  const auto& on = *log.find("date");
  std::vector<double> counts(what.hcps), gaps;
  std::array<double, 7> weekdays{};
  for (std::size_t i = 0; i < log.rows(); ++i) {
    counts[static_cast<std::size_t>(who.code(i))] += 1;
    if (i > 0 && who.code(i) == who.code(i - 1)) gaps.push_back(on.number(i) - on.number(i - 1));
    weekdays[static_cast<std::size_t>(weekday(date{static_cast<std::int32_t>(on.number(i))}))] += 1;
  }
  std::erase(counts, 0.0);  // the real log lists nobody without a contact
  CHECK(counts.size() > 19'000);
  near(mean(counts), 49.85, 0.06);
  near(quantile(counts, 0.25), 10, 0.15);
  near(quantile(counts, 0.50), 24, 0.12);
  near(quantile(counts, 0.75), 56, 0.12);
  near(quantile(counts, 0.90), 134, 0.12);
  near(quantile(counts, 0.99), 332, 0.20);
  near(share_of_busiest(counts, 0.1), 0.443, 0.05);
  near(share_of_busiest(counts, 0.5), 0.892, 0.02);

  near(mean(gaps), 10.45, 0.12);
  near(quantile(gaps, 0.50), 3, 0.34);
  near(quantile(gaps, 0.75), 9, 0.25);
  near(quantile(gaps, 0.90), 24, 0.25);
  near(quantile(gaps, 0.95), 42, 0.25);
  near(quantile(gaps, 0.99), 126, 0.15);
  near(static_cast<double>(std::count(gaps.begin(), gaps.end(), 0.0)) / static_cast<double>(gaps.size()), 0.220, 0.12);

  const double all = static_cast<double>(log.rows());
  near(weekdays[1] / all, 0.219, 0.15);
  CHECK((weekdays[5] + weekdays[6]) / all < 0.05);
}

TEST_CASE("simulate: volume, visits and what ties them are like those of physician-detailing") {
  simulate::options what;
  what.hcps = 20'000;
  what.from = parse_date("2013-08-01").value();
  what.to = parse_date("2015-01-31").value();  // 18 months
  what.visits_per_month = 1.77;
  const auto made = simulate::make_territory(what).value();
  const auto& log = made.interactions.view();
  std::vector<double> visits(what.hcps);
  for (std::size_t i = 0; i < log.rows(); ++i)
    if (log.find("channel")->text(i) == "visit") visits[static_cast<std::size_t>(log.find("hcp_id")->code(i))] += 1;
  near(mean(visits), 31.9, 0.05);
  near(quantile(visits, 0.25), 17, 0.12);
  near(quantile(visits, 0.50), 30, 0.12);
  near(quantile(visits, 0.75), 44, 0.12);
  near(quantile(visits, 0.95), 68, 0.12);
  near(share_of_busiest(visits, 0.1), 0.224, 0.05);

  std::vector<double> volume, visits_of_top, visits_of_rest;
  const auto& seen = *made.hcps.view().find("patient_volume");
  for (std::size_t i = 0; i < what.hcps; ++i)
    if (seen.has(i)) volume.push_back(seen.number(i));
  near(static_cast<double>(volume.size()), 18'000, 0.02);
  near(quantile(volume, 0.25), 25 / 1.5, 0.15);
  near(quantile(volume, 0.50), 54 / 1.5, 0.12);
  near(quantile(volume, 0.75), 110 / 1.5, 0.12);
  near(quantile(volume, 0.99), 615 / 1.5, 0.12);
  near(share_of_busiest(volume, 0.1), 0.416, 0.05);

  // Doctors who hold the first half of all volume (deciles 10 to 6), as a share of heads.
  std::vector<double> sorted = volume;
  std::sort(sorted.rbegin(), sorted.rend());
  double before = 0, heads = 0;
  for (; before < 0.5 * mean(volume) * static_cast<double>(volume.size()); ++heads)
    before += sorted[static_cast<std::size_t>(heads)];
  near(heads / static_cast<double>(volume.size()), 0.143, 0.08);

  const double high = quantile(volume, 0.9), low = quantile(volume, 0.1);
  for (std::size_t i = 0; i < what.hcps; ++i) {
    if (seen.has(i) && seen.number(i) >= high) visits_of_top.push_back(visits[i]);
    if (seen.has(i) && seen.number(i) <= low) visits_of_rest.push_back(visits[i]);
  }
  near(mean(visits_of_top) / 18, 2.49, 0.20);
  near(mean(visits_of_rest) / 18, 0.96, 0.20);
}

TEST_CASE("simulate: professional standing is one thing seen from several sides, and goes with potential") {
  simulate::options what;
  what.hcps = 20'000;
  const auto made = simulate::make_territory(what).value();
  const auto& hcps = made.hcps.view();
  const auto mean_by_title = [&](const char* column) {
    std::array<double, 4> sum{}, rows{};
    const auto& title = *hcps.find("title");
    for (std::size_t i = 0; i < hcps.rows(); ++i) {
      if (!title.has(i) || !hcps.find(column)->has(i)) continue;
      const auto t = static_cast<std::size_t>(title.code(i));
      sum[t] += hcps.find(column)->number(i), rows[t] += 1;
    }
    std::array<double, 4> out{};
    for (std::size_t t = 0; t < 4; ++t) out[t] = sum[t] / rows[t];
    return out;
  };
  for (const char* column :
       {"society_offices", "trials", "publications", "teaching", "patient_volume", "patients_per_week"}) {
    const auto by = mean_by_title(column);  // chief first, resident last
    CHECK_MESSAGE((by[0] > by[1] && by[1] > by[2] && by[2] > by[3]), column);
    CHECK_MESSAGE(by[0] > 1.2 * by[3], column);
  }
}
