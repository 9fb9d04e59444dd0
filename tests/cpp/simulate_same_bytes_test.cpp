// A simulated territory depends on its options alone: not on threads, not on how many doctors follow.
#include <doctest/doctest.h>

#include <tierwise/simulate/territory.hpp>

#include "simulated_tables.hpp"
#include "threads.hpp"

using namespace tierwise;
using tests::for_each_table;
using tests::same_table;

namespace {

simulate::options small() {
  simulate::options what;
  what.hcps = 3'000;  // several blocks of doctors, the last one incomplete
  what.seed = 11;
  return what;
}

}  // namespace

TEST_CASE("simulate: the same options give the same bytes, again and with 1, 2 or 8 threads") {
  const auto one = simulate::make_territory(small()).value();
  CHECK(one.interactions.view().rows() > 100'000);
  for (const std::size_t threads : {1u, 2u, 8u}) {
    tests::thread_executor crew(threads);
    const auto other = simulate::make_territory(small(), &crew).value();
    for_each_table(one, other, [&](const char* name, const table_view& a, const table_view& b) {
      CHECK_MESSAGE(same_table(a, b, a.rows()), name, " with ", threads, " threads");
    });
  }
}

TEST_CASE("simulate: another seed gives other doctors, contacts, consents and history") {
  auto what = small();
  const auto one = simulate::make_territory(what).value();
  for (const std::uint64_t seed : {std::uint64_t{12}, std::uint64_t{11} + (std::uint64_t{1} << 32), std::uint64_t{0}}) {
    what.seed = seed;
    const auto other = simulate::make_territory(what).value();
    for_each_table(one, other, [&](const char* name, const table_view& a, const table_view& b) {
      if (std::string_view(name) == "content") return;  // approval dates are the policy's
      CHECK_MESSAGE(!same_table(a, b, std::min(a.rows(), b.rows())), name);
    });
    CHECK(one.response_probability(5, 0, 0) != other.response_probability(5, 0, 0));
    CHECK(one.channel_affinity(5, 4) != other.channel_affinity(5, 4));
    CHECK(one.expected_outcome(5, 2) != other.expected_outcome(5, 2));
  }
}

TEST_CASE("simulate: a longer territory begins with the shorter one") {
  auto what = small();
  const auto whole = simulate::make_territory(what).value();
  what.hcps = 1'234;
  const auto part = simulate::make_territory(what).value();
  for_each_table(part, whole, [&](const char* name, const table_view& a, const table_view& b) {
    // Dictionaries grow with the number of doctors, so this compares texts, not codes.
    REQUIRE(a.rows() <= b.rows());
    CHECK_MESSAGE(same_table(a, b, a.rows()), name);
  });
  for (std::size_t action = 0; action < what.catalogue.size(); ++action)
    for (std::size_t channel = 0; channel < simulate::channels().size(); ++channel)
      CHECK(part.response_probability(1'233, action, channel) == whole.response_probability(1'233, action, channel));
}

TEST_CASE("simulate: more holes hide more cells and change no other") {
  auto what = small();
  const auto few = simulate::make_territory(what).value();
  what.missing_prob = 0.5;
  what.unknown_volume_prob = 0.9;
  const auto many = simulate::make_territory(what).value();
  for (const auto& [name, column] : few.hcps.view().columns()) {
    const column_view& holed = *many.hcps.view().find(name);
    std::size_t kept = 0;
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (!holed.has(row)) continue;
      ++kept;
      REQUIRE_MESSAGE(column.has(row), name);
      REQUIRE_MESSAGE(tests::same_cell(column, holed, row), name);
    }
    CHECK(kept > 0);
    CHECK((name == "hcp_id" || name == "territory" || name == "rep_id" || kept < column.size() * 6 / 10));
  }
  CHECK(same_table(few.interactions.view(), many.interactions.view(), few.interactions.view().rows()));
  CHECK(same_table(few.history.view(), many.history.view(), few.history.view().rows()));
}

TEST_CASE("simulate: tables survive a move of the territory") {
  auto made = simulate::make_territory(small()).value();
  const auto again = simulate::make_territory(small()).value();
  const simulate::territory moved = std::move(made);
  for_each_table(moved, again, [&](const char* name, const table_view& a, const table_view& b) {
    CHECK_MESSAGE(same_table(a, b, a.rows()), name);
  });
}
