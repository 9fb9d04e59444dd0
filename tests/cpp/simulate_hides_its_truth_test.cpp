// What was drawn from the hidden truth agrees with it, and no visible column shows it.
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <tierwise/simulate/territory.hpp>

using namespace tierwise;

namespace {

std::vector<std::string> names_of(const table& of) {
  std::vector<std::string> out;
  for (const auto& [name, column] : of.view().columns()) out.push_back(name);
  return out;
}

simulate::territory busy() {
  simulate::options what;
  what.hcps = 6'000;
  what.seed = 3;
  what.suggestions_per_month = 2;
  return simulate::make_territory(what).value();
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (const double v : x) mx += v / static_cast<double>(x.size());
  for (const double v : y) my += v / static_cast<double>(y.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mx) * (x[i] - mx), yy += (y[i] - my) * (y[i] - my), xy += (x[i] - mx) * (y[i] - my);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

}  // namespace

TEST_CASE("simulate: the visible tables have their documented columns and no others") {
  using names = std::vector<std::string>;
  simulate::options what;
  what.hcps = 300;
  const auto made = simulate::make_territory(what).value();
  CHECK(names_of(made.hcps) == names{"hcp_id", "specialty", "city", "title", "hospital_level", "society_offices",
                                     "trials", "publications", "teaching", "patient_volume", "patients_per_week",
                                     "territory", "rep_id"});
  CHECK(names_of(made.interactions) == names{"event_id", "hcp_id", "date", "channel", "depth"});
  CHECK(names_of(made.consents) == names{"hcp_id", "channel", "purpose", "granted", "from", "until"});
  CHECK(names_of(made.history) == names{"decision_id", "hcp_id", "action_id", "channel", "date", "outcome", "reason"});
  CHECK(names_of(made.representatives) == names{"rep_id", "territory", "city", "since", "calls_per_day"});
  CHECK(names_of(made.content) == names{"content_id", "action_id", "approved_from", "approved_until"});
}

TEST_CASE("simulate: no number a company sees of a doctor gives away what is hidden") {
  const auto made = busy();
  const auto& hcps = made.hcps.view();
  for (const auto& [name, column] : hcps.columns()) {
    std::vector<double> seen;
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < hcps.rows(); ++row) {
      const double value = column.type() == column_type::category ? column.code(row) : column.number(row);
      if (column.has(row)) seen.push_back(value), rows.push_back(row);
    }
    const auto against = [&](const auto& hidden) {
      std::vector<double> truth;
      for (const std::size_t row : rows) truth.push_back(hidden(row));
      return std::abs(correlation(seen, truth));
    };
    for (std::size_t channel = 0; channel < 7; ++channel)
      CHECK_MESSAGE(against([&](std::size_t row) { return made.channel_affinity(row, channel); }) < 0.1, name);
    CHECK_MESSAGE(against([&](std::size_t row) { return made.response_probability(row, 0, 0); }) < 0.2, name);
    CHECK_MESSAGE(against([&](std::size_t row) { return made.response_probability(row, 8, 0); }) < 0.6,
                  name);  // speakers have standing
    CHECK_MESSAGE(against([&](std::size_t row) {
                    return made.expected_outcome(row, 4) / (made.expected_outcome(row, 0) + 1e-9);
                  }) < 0.2,
                  name);
  }
}

TEST_CASE("simulate: outcomes of the history come as often as the hidden truth says, in each of ten bands of it") {
  const auto made = busy();
  const auto& history = made.history.view();
  const auto& hcp = *history.find("hcp_id");
  const auto& action = *history.find("action_id");
  const auto& channel = *history.find("channel");
  const auto& outcome = *history.find("outcome");
  double expected[10] = {}, variance[10] = {}, accepted[10] = {}, rows[10] = {};
  for (std::size_t i = 0; i < history.rows(); ++i) {
    const double p =
        made.response_probability(static_cast<std::size_t>(hcp.code(i)), static_cast<std::size_t>(action.code(i)),
                                  static_cast<std::size_t>(channel.code(i)));
    REQUIRE((p > 0 && p < 1));
    const auto band = static_cast<std::size_t>(p * 10);
    rows[band] += 1, expected[band] += p, variance[band] += p * (1 - p);
    accepted[band] += outcome.text(i) == "accepted" || outcome.text(i) == "completed" ? 1 : 0;
  }
  for (std::size_t band = 0; band < 9; ++band) {
    REQUIRE(rows[band] > 300);
    CHECK(std::abs(accepted[band] - expected[band]) < 4.5 * std::sqrt(variance[band]));
  }
}

TEST_CASE("simulate: the truth differs between doctors, channels and actions, and is refused outside the tables") {
  const auto made = busy();
  double sum = 0, squares = 0;
  for (std::size_t row = 0; row < 6'000; ++row) {
    const double a = made.channel_affinity(row, 4);
    sum += a, squares += a * a;
  }
  CHECK(std::abs(sum / 6'000) < 0.06);
  CHECK(std::abs(squares / 6'000 - 1) < 0.08);

  const auto& catalogue = made.made_with().catalogue;
  const auto channels = simulate::channels();
  for (std::size_t a = 0; a < catalogue.size(); ++a)
    for (std::size_t c = 0; c < channels.size(); ++c) {
      bool offered = false;
      for (const std::string& each : catalogue[a].channels) offered = offered || each == channels[c];
      CHECK((made.response_probability(17, a, c) > 0) == offered);
    }
  for (std::size_t row = 0; row < 100; ++row) {
    CHECK(made.expected_outcome(row, 1) >= made.expected_outcome(row, 0));
    CHECK(made.expected_outcome(row, 8) - made.expected_outcome(row, 4) <=
          made.expected_outcome(row, 4) - made.expected_outcome(row, 0));
  }
  CHECK_THROWS_AS((void)made.response_probability(6'000, 0, 0), Error);
  CHECK_THROWS_AS((void)made.response_probability(0, 12, 0), Error);
  CHECK_THROWS_AS((void)made.response_probability(0, 0, 7), Error);
  CHECK_THROWS_AS((void)made.channel_affinity(0, 7), Error);
  CHECK_THROWS_AS((void)made.channel_affinity(6'000, 0), Error);
  CHECK_THROWS_AS((void)made.expected_outcome(6'000, 1), Error);
  CHECK_THROWS_AS((void)made.expected_outcome(0, -1), Error);
  CHECK_THROWS_AS((void)made.expected_outcome(0, missing), Error);
}
