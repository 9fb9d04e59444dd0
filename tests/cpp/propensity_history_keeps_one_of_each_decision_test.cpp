// Reading past suggestions: what is used, what is rejected and why, and that the order of rows does not matter.
#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/propensity/history.hpp>

namespace {

using namespace tierwise;
using propensity::outcome;

const std::vector<std::string> actions = {"call", "article"}, channels = {"visit", "email"};
const date as_of = parse_date("2025-06-15").value();

struct row {
  std::string hcp, action, channel, on, became, decision;  // "-": missing
};

void add_text(table& out, const char* name, const std::vector<row>& rows, std::string row::*cell) {
  std::vector<std::int32_t> codes;
  std::vector<std::string> names;
  for (const row& r : rows) {
    codes.push_back(r.*cell == "-" ? -1 : static_cast<std::int32_t>(names.size()));
    if (r.*cell != "-") names.push_back(r.*cell);
  }
  out.add(name, std::move(codes), std::move(names));
}

table table_of(const std::vector<row>& rows) {
  table out;
  add_text(out, "hcp_id", rows, &row::hcp);
  add_text(out, "action_id", rows, &row::action);
  add_text(out, "channel", rows, &row::channel);
  add_text(out, "date", rows, &row::on);
  add_text(out, "outcome", rows, &row::became);
  add_text(out, "decision_id", rows, &row::decision);
  return out;
}

propensity::history read(const std::vector<row>& rows, const std::vector<std::string>& doctors = {"x", "y", "z", "z"}) {
  std::vector<std::int32_t> codes(doctors.size());
  std::iota(codes.begin(), codes.end(), 0);
  table profiles;
  profiles.add("hcp_id", std::move(codes), doctors);
  const table history = table_of(rows);
  return propensity::read_history(history.view(), *profiles.view().find("hcp_id"), actions, channels, as_of).value();
}

TEST_CASE("history: by doctor, then by date, action, channel and outcome") {
  const auto past = read({{"y", "call", "visit", "2025-06-15", "ignored", "-"},
                          {"x", "article", "email", "2025-05-02", "accepted", "-"},
                          {"x", "call", "email", "2025-05-02", "dismissed", "-"},
                          {"x", "call", "email", "2025-05-02", "completed", "-"},
                          {"x", "call", "visit", "2025-05-01", "ignored", "-"}});
  CHECK(past.rejected.empty());
  CHECK(past.begin == std::vector<std::size_t>{0, 4, 5, 5, 5});
  const date first = parse_date("2025-05-01").value();
  CHECK(past.items == std::vector<propensity::suggestion>{{0, first, 0, 0, outcome::ignored},
                                                          {0, first + 1, 0, 1, outcome::completed},
                                                          {0, first + 1, 0, 1, outcome::dismissed},
                                                          {0, first + 1, 1, 1, outcome::accepted},
                                                          {1, as_of, 0, 0, outcome::ignored}});
}

TEST_CASE(
    "history: a suggestion that cannot be placed is remembered wherever it may lie, unless it is told rightly too") {
  using unplaced = std::vector<propensity::unplaced_suggestion>;
  const date june = parse_date("2025-06-01").value();
  const auto past = read({{"y", "call", "visit", "2025-06-01", "maybe", "-"},
                          {"x", "dance", "-", "2025-06-01", "accepted", "-"},
                          {"x", "-", "pigeon", "never", "accepted", "-"},
                          {"x", "call", "email", "-", "accepted", "1"},
                          {"x", "call", "email", "2025-06-01", "accepted", "1"},
                          {"x", "call", "pigeon", "2025-06-16", "accepted", "-"},
                          {"z", "call", "pigeon", "2025-06-01", "accepted", "-"}});
  CHECK(past.items == std::vector<propensity::suggestion>{{0, june, 0, 1, outcome::accepted}});
  CHECK(past.unplaced == unplaced{{0, june, propensity::other_name, propensity::any_name},
                                  {0, as_of, propensity::any_name, propensity::other_name},
                                  {1, june, 0, 0}});
  CHECK(past.rejected.size() == 5);
}

TEST_CASE("history: each row that cannot be used is collected with its reason; later rows are not looked at") {
  const row good{"x", "call", "visit", "2025-06-01", "accepted", "-"};
  const auto with = [&](std::string row::*cell, const char* text) {
    row r = good;
    r.*cell = text;
    return r;
  };
  const std::vector<std::tuple<row, errc, std::string>> bad = {
      {with(&row::hcp, "nobody"), errc::unknown_hcp, "hcp_id"},
      {with(&row::hcp, "-"), errc::missing_value, "hcp_id"},
      {with(&row::hcp, "z"), errc::duplicate_hcp, "hcp_id"},
      {with(&row::action, "dance"), errc::unknown_action, "action_id"},
      {with(&row::action, "-"), errc::missing_value, "action_id"},
      {with(&row::channel, "pigeon"), errc::unknown_channel, "channel"},
      {with(&row::channel, "-"), errc::missing_value, "channel"},
      {with(&row::became, "maybe"), errc::unknown_outcome, "outcome"},
      {with(&row::became, "Accepted"), errc::unknown_outcome, "outcome"},
      {with(&row::became, "-"), errc::missing_value, "outcome"},
      {with(&row::on, "2025-02-30"), errc::invalid_date, "date"},
      {with(&row::on, "-"), errc::missing_value, "date"},
  };
  std::vector<row> rows = {good};
  for (const auto& [r, code, column] : bad) rows.push_back(r);
  rows.push_back({"nobody", "dance", "pigeon", "2025-06-16", "maybe", "-"});  // tomorrow
  const auto past = read(rows);
  CHECK(past.items.size() == 1);
  REQUIRE(past.rejected.size() == bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i)
    CHECK(past.rejected[i] ==
          bad_row{"history", static_cast<std::int64_t>(i + 1), std::get<2>(bad[i]), std::get<1>(bad[i])});
}

TEST_CASE("history: of a doctor's rows with one decision_id the first by date, action, channel and outcome is kept") {
  const row best{"x", "article", "email", "2025-05-01", "accepted", "7"};
  for (const row& other : {row{"x", "article", "email", "2025-05-02", "accepted", "7"},
                           row{"x", "call", "email", "2025-05-01", "accepted", "7"},
                           row{"x", "article", "visit", "2025-05-01", "accepted", "7"},
                           row{"x", "article", "email", "2025-05-01", "dismissed", "7"}, best})
    for (const bool best_first : {true, false}) {
      const auto past = best_first ? read({best, other}) : read({other, best});
      REQUIRE(past.items.size() == 1);
      CHECK(past.items[0] == read({best}).items[0]);
      REQUIRE(past.rejected.size() == 1);
      CHECK(past.rejected[0].code == errc::duplicate_event);
      CHECK(past.rejected[0].column == "decision_id");
    }
  // What is not used does not compete: a row of tomorrow, one that is broken; and a missing id repeats nothing.
  CHECK(read({best, {"x", "call", "email", "2025-06-16", "accepted", "7"}}).rejected.empty());
  CHECK(read({best, {"x", "call", "email", "1999-13-01", "accepted", "7"}}).items.size() == 1);
  for (const char* none : {"-", ""})
    CHECK(read({{"x", "call", "email", "2025-05-01", "accepted", none},
                {"x", "call", "email", "2025-05-01", "accepted", none}})
              .items.size() == 2);
  // Two doctors may have a decision of one number: what is read for one does not depend on the other.
  const auto two = read({best, {"y", "article", "email", "2025-05-01", "accepted", "7"}});
  CHECK(two.items.size() == 2);
  CHECK(two.rejected.empty());
}

TEST_CASE("history: any order of rows and of doctors gives the same history") {
  CHECK(rc::check("order does not matter", [] {
    const auto cell = [](std::vector<std::string> of) { return rc::gen::elementOf(std::move(of)); };
    std::vector<row> rows;
    for (int i = *rc::gen::inRange(0, 25); i > 0; --i)
      rows.push_back({*cell({"x", "y", "?"}), *cell({"call", "article", "?"}), *cell({"visit", "email"}),
                      *cell({"2025-06-14", "2025-06-15", "2025-06-16", "?"}), *cell({"accepted", "ignored"}),
                      *cell({"1", "2", "3", "4", "-"})});
    const auto past = read(rows, {"x", "y"});
    std::vector<row> shuffled = rows;
    for (std::size_t i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
    const auto other = read(shuffled, {"y", "x"});
    const auto of_doctor = [](const propensity::history& h, std::size_t row) {
      std::vector<propensity::suggestion> own(h.items.begin() + static_cast<std::ptrdiff_t>(h.begin[row]),
                                              h.items.begin() + static_cast<std::ptrdiff_t>(h.begin[row + 1]));
      for (auto& s : own) s.hcp = 0;
      return own;
    };
    RC_ASSERT(of_doctor(past, 0) == of_doctor(other, 1));
    RC_ASSERT(of_doctor(past, 1) == of_doctor(other, 0));
    RC_ASSERT(past.rejected.size() == other.rejected.size());
  }));
}

TEST_CASE("history: whole-number ids and dates; columns of the wrong type are refused") {
  table rows;
  rows.add("hcp_id", std::vector<std::int32_t>{10, 10, 30});
  rows.add("action_id", std::vector<std::int32_t>{0, 0, 0}, std::vector<std::string>{"call"});
  rows.add("channel", std::vector<std::int32_t>{0, 0, 0}, std::vector<std::string>{"visit"});
  rows.add("date", std::vector<date>{as_of, as_of - 1, as_of});
  rows.add("outcome", std::vector<std::int32_t>{0, 0, 0}, std::vector<std::string>{"accepted"});
  const std::vector<std::int64_t> decisions = {1, 1, 1}, ids = {10, 20};
  rows.add("decision_id", column_view(std::span<const std::int64_t>(decisions)));
  const column_view hcp_ids{std::span<const std::int64_t>(ids)};
  const auto past = propensity::read_history(rows.view(), hcp_ids, actions, channels, as_of).value();
  REQUIRE(past.items.size() == 1);
  CHECK(past.items[0].hcp == 0);
  CHECK(past.rejected == std::vector<bad_row>{{"history", 0, "decision_id", errc::duplicate_event},
                                              {"history", 2, "hcp_id", errc::unknown_hcp}});

  const auto refused = [&](const table_view& what, errc code, const char* column) {
    const auto answer = propensity::read_history(what, hcp_ids, actions, channels, as_of);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == code);
    CHECK(answer.error().where().column == column);
  };
  for (const char* left_out : {"hcp_id", "action_id", "channel", "date", "outcome"}) {
    table_view fewer, wrong;
    const std::vector<double> numbers(3, 1.0);
    for (const auto& [name, values] : rows.view().columns()) {
      if (name != left_out) fewer.add(name, values);
      wrong.add(name, name == left_out ? column_view(std::span<const double>(numbers)) : values);
    }
    refused(fewer, errc::missing_column, left_out);
    refused(wrong, errc::wrong_type, left_out);
  }
}

}  // namespace
