// Promises of profile::build against a slow and obvious version of itself.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/profile/profile.hpp>

#include "threads.hpp"

namespace {

using namespace tierwise;

struct event {
  std::int64_t id;
  std::string hcp, channel, depth;
  date on;
  int count;
  double quality, amount;
  std::string products = {};
};

profile::options two_channels() {
  profile::options what;
  what.channels = {{"visit", "Visit", "拜访", 90, 2, {{"done", 10, true}}},
                   {"email",
                    "E-mail",
                    "邮件",
                    30,
                    0,
                    {{"delivered", 0, true}, {"opened", 1.5, true}, {"unsubscribed", -20, false}}}};
  what.windows_days = {30, 90};
  what.measures = {{"amount", 60}};
  what.trend_windows_days = {45};
  what.topics = {{"ours", "Ours", "本品", "products", {"A", "B"}, '|'},
                 {"rival", "Rival", "竞品", "products", {"C"}, '|'}};
  return what;
}

/// Columns of a list of events; keeps what the views point to.
struct event_table {
  table rows;
  explicit event_table(const std::vector<event>& events) {
    std::vector<std::int64_t> ids;
    std::vector<date> dates;
    std::vector<double> quality, amount;
    std::vector<std::int32_t> count;
    for (const event& e : events) {
      ids.push_back(e.id), dates.push_back(e.on), count.push_back(e.count);
      quality.push_back(e.quality), amount.push_back(e.amount);
    }
    rows.add("event_id", std::move(ids));
    rows.add("date", std::move(dates));
    rows.add("count", std::move(count));
    rows.add("quality", std::move(quality));
    rows.add("amount", std::move(amount));
    add_text("hcp_id", events, &event::hcp);
    add_text("channel", events, &event::channel);
    add_text("products", events, &event::products);
    add_text("depth", events, &event::depth);
  }
  void add_text(const char* name, const std::vector<event>& events, std::string event::*field) {
    std::vector<std::string> names;
    std::vector<std::int32_t> codes;
    for (const event& e : events) {
      if ((e.*field).empty()) {
        codes.push_back(-1);
        continue;
      }
      auto at = std::find(names.begin(), names.end(), e.*field);
      if (at == names.end()) at = names.insert(names.end(), e.*field);
      codes.push_back(static_cast<std::int32_t>(at - names.begin()));
    }
    rows.add(name, std::move(codes), std::move(names));
  }
};

table doctors(int n) {
  table hcps;
  std::vector<std::string> names;
  std::vector<std::int32_t> codes;
  for (int i = 0; i < n; ++i) names.push_back("D" + std::to_string(i)), codes.push_back(i);
  hcps.add("hcp_id", std::move(codes), std::move(names));
  return hcps;
}

constexpr date today{16000};

std::vector<event> random_events(std::uint64_t seed, std::size_t n, int hcps) {
  random_stream r(seed, 1, 2);
  std::vector<event> events;
  const std::vector<std::string> products = {"", "A", "D", "C|B", "D|AB|C", "B|A"};
  const std::vector<std::string> depths = {"", "delivered", "opened", "unsubscribed"};
  for (std::size_t i = 0; i < n; ++i) {
    const bool visit = r.below(2) == 0;
    events.push_back({static_cast<std::int64_t>(i), "D" + std::to_string(r.below(static_cast<std::uint32_t>(hcps))),
                      visit ? "visit" : "email", visit ? "done" : depths[r.below(4)],
                      today - static_cast<int>(r.below(150)) + 20, static_cast<int>(r.below(4)),
                      r.below(5) == 0 ? missing : r.uniform(), r.below(6) == 0 ? missing : r.uniform() * 100,
                      products[r.below(6)]});
  }
  return events;
}

double cell(const profile::profile& p, const char* column, std::size_t row) {
  const column_view* found = p.rows.view().find(column);
  REQUIRE(found != nullptr);
  return found->number(row);
}

/// Everything computed for one doctor, written down the slow way.
std::map<std::string, double> oracle(const profile::options& what, const std::vector<event>& events,
                                     const std::string& hcp) {
  std::map<std::string, double> out;
  for (const auto& name : profile::columns_of(what)) out[name] = name.starts_with("days_since") ? missing : 0;
  std::map<std::string, std::vector<std::pair<double, double>>> in_window;  // by trend: weight and day, from 0 to 44
  double sum = 0;
  bool any = false, known = false;
  std::map<std::pair<std::string, int>, std::vector<double>> earned;  // by channel and day, one entry a contact
  for (const event& e : events) {
    if (e.hcp != hcp || e.on > today) continue;
    const auto& c =
        *std::find_if(what.channels.begin(), what.channels.end(), [&](const auto& x) { return x.id == e.channel; });
    const auto& d = e.depth.empty() ? c.depths[0] : *std::find_if(c.depths.begin(), c.depths.end(), [&](const auto& x) {
      return x.name == e.depth;
    });
    const int age = today - e.on;
    if (age < 60) {
      any = true;
      if (!std::isnan(e.amount)) known = true, sum += e.amount;
    }
    for (int i = 0; i < e.count; ++i)
      earned[{c.id, e.on.days}].push_back(d.weight * (std::isnan(e.quality) ? 1 : e.quality));
    if (!d.is_contact || e.count == 0) continue;
    for (int i = 0; i < e.count && age < 45; ++i)
      for (const std::string& name : {std::string("trend_45d"), "trend_" + c.id + "_45d"})
        in_window[name].emplace_back(1, 44 - age);
    for (const int w : what.windows_days)
      if (age < w)
        for (const std::string& name :
             {"contacts_" + std::to_string(w) + "d", "contacts_" + c.id + "_" + std::to_string(w) + "d"})
          out[name] += e.count;
    const std::string listed = "|" + e.products + "|";
    const bool ours = listed.find("|A|") != listed.npos || listed.find("|B|") != listed.npos;
    for (const auto& [topic, about] :
         {std::pair("ours", ours), std::pair("rival", listed.find("|C|") != listed.npos)}) {
      if (!about) continue;
      for (const int w : what.windows_days)
        if (age < w)
          out[std::string("contacts_").append(topic).append("_").append(std::to_string(w)).append("d")] += e.count;
      double& since = out[std::string("days_since_").append(topic)];
      since = std::isnan(since) ? age : std::min<double>(since, age);
    }
    for (const std::string& name : {std::string("days_since_contact"), "days_since_" + c.id})
      out[name] = std::isnan(out[name]) ? age : std::min<double>(out[name], age);
  }
  for (auto& [key, weights] : earned) {
    const auto& c =
        *std::find_if(what.channels.begin(), what.channels.end(), [&](const auto& x) { return x.id == key.first; });
    std::sort(weights.rbegin(), weights.rend());
    std::size_t positive = 0;
    for (const double w : weights) {
      if (w > 0 && c.daily_limit > 0 && ++positive > static_cast<std::size_t>(c.daily_limit)) continue;
      const double p = w * std::pow(0.5, (today.days - key.second) / c.half_life_days);
      out["points"] += p, out["points_" + c.id] += p;
      if (today.days - key.second < 45)
        in_window["engagement_trend_45d"].emplace_back(w, 44 - (today.days - key.second));
    }
  }
  for (const std::string name : {"trend_45d", "trend_visit_45d", "trend_email_45d", "engagement_trend_45d"}) {
    // Weighted days against their mean and variance if each of the 45 were as likely as any other.
    double mean = 0, variance = 0, sum_of_days = 0;
    for (int day = 0; day < 45; ++day) mean += day / 45.0;
    for (int day = 0; day < 45; ++day) variance += (day - mean) * (day - mean) / 45;
    double squares = 0;
    for (const auto& [weight, day] : in_window[name])
      sum_of_days += weight * (day - mean), squares += weight * weight * variance;
    out[name] = squares > 0 ? sum_of_days / std::sqrt(squares) : missing;
  }
  out["sum_amount_60d"] = any && !known ? missing : sum;
  out["contact_coverage"] = 1;
  return out;
}

void check_same_bytes(const profile::profile& a, const profile::profile& b) {
  REQUIRE(a.rows.view().columns().size() == b.rows.view().columns().size());
  for (const auto& [name, values] : a.rows.view().columns()) {
    if (!values.is_numeric()) continue;
    const column_view* other = b.rows.view().find(name);
    for (std::size_t row = 0; row < values.size(); ++row) {
      const double x = values.number(row), y = other->number(row);
      CHECK_MESSAGE((x == y || (std::isnan(x) && std::isnan(y))), name);
    }
  }
  CHECK(a.contacts.items == b.contacts.items);
  CHECK(a.contacts.begin == b.contacts.begin);
}

}  // namespace

TEST_CASE("profiles agree with a slow version written from the definition") {
  const auto what = two_channels();
  const auto events = random_events(7, 4000, 40);
  const auto hcps = doctors(41);  // the last has no contact
  const event_table given(events);
  const auto made = profile::build(what, hcps.view(), &given.rows.view(), today).value();
  CHECK(made.rejected.empty());
  for (std::size_t row = 0; row < 41; ++row)
    for (const auto& [name, expected] : oracle(what, events, "D" + std::to_string(row))) {
      const double got = cell(made, name.c_str(), row);
      CHECK_MESSAGE((std::isnan(expected) ? std::isnan(got) : std::abs(got - expected) < 1e-9), name, " ", got, " ",
                    expected);
    }
}

TEST_CASE("order of rows, threads and what comes later change no byte") {
  const auto what = two_channels();
  auto events = random_events(8, 20000, 300);
  events.push_back(events[3]);  // one event told twice
  const auto hcps = doctors(300);
  const auto first = profile::build(what, hcps.view(), &event_table(events).rows.view(), today).value();
  CHECK(first.rejected.size() == (events[3].on <= today ? 1u : 0u));

  auto shuffled = events;
  random_stream r(1, 2, 3);
  for (std::size_t i = shuffled.size(); i > 1; --i)
    std::swap(shuffled[i - 1], shuffled[r.below(static_cast<std::uint32_t>(i))]);
  check_same_bytes(first, profile::build(what, hcps.view(), &event_table(shuffled).rows.view(), today).value());

  tests::thread_executor eight(8);
  check_same_bytes(first, profile::build(what, hcps.view(), &event_table(events).rows.view(), today, &eight).value());

  std::erase_if(events, [](const event& e) { return e.on > today; });
  const auto without = profile::build(what, hcps.view(), &event_table(events).rows.view(), today).value();
  check_same_bytes(first, without);
  CHECK(first.contacts_later > 0);
  CHECK(without.contacts_later == 0);
}

TEST_CASE("of a doctor's events with one id the same is kept in any order") {
  const auto what = two_channels();
  const auto hcps = doctors(2);
  std::vector<event> events = {{5, "D1", "visit", "done", today - 3, 1, 1, 4},
                               {5, "D0", "email", "opened", today - 3, 1, 1, 4},
                               {5, "D0", "email", "opened", today - 9, 1, 1, missing},
                               {4, "D0", "visit", "done", today, 1, 1, 4}};
  std::sort(events.begin(), events.end(), [](const event& a, const event& b) { return a.hcp < b.hcp; });
  const auto once = profile::build(what, hcps.view(), &event_table(events).rows.view(), today).value();
  CHECK(once.contacts_used == 3);
  CHECK(cell(once, "days_since_email", 0) == 9);
  CHECK(cell(once, "days_since_visit", 1) == 3);  // of another doctor: another contact
  do {
    const auto again = profile::build(what, hcps.view(), &event_table(events).rows.view(), today).value();
    check_same_bytes(once, again);
    REQUIRE(again.rejected.size() == 1);
    CHECK(again.rejected[0].code == errc::duplicate_event);
  } while (std::next_permutation(events.begin(), events.end(), [](const event& a, const event& b) {
    return std::tie(a.hcp, a.on, a.id) < std::tie(b.hcp, b.on, b.id);
  }));
}

TEST_CASE("a batch of one gives what the batch of all gives, though doctors share event ids") {
  const auto what = two_channels();
  auto events = random_events(9, 600, 12);
  random_stream r(4, 5, 6);
  for (event& e : events) e.id = r.below(30);
  const auto all = profile::build(what, doctors(12).view(), &event_table(events).rows.view(), today).value();
  CHECK(all.rejected.size() > 100);
  for (std::size_t row = 0; row < 12; ++row) {
    const std::string id = "D" + std::to_string(row);
    std::vector<event> own;
    for (const event& e : events)
      if (e.hcp == id) own.push_back(e);
    table hcp;
    hcp.add("hcp_id", std::vector<std::int32_t>{0}, std::vector<std::string>{id});
    const auto one = profile::build(what, hcp.view(), &event_table(own).rows.view(), today).value();
    for (const auto& name : profile::columns_of(what)) {
      const double x = cell(all, name.c_str(), row), y = cell(one, name.c_str(), 0);
      CHECK_MESSAGE((x == y || (std::isnan(x) && std::isnan(y))), name);
    }
    const auto begin = all.contacts.items.begin();
    CHECK(std::equal(begin + static_cast<std::ptrdiff_t>(all.contacts.begin[row]),
                     begin + static_cast<std::ptrdiff_t>(all.contacts.begin[row + 1]), one.contacts.items.begin(),
                     one.contacts.items.end()));
  }
}

TEST_CASE("event ids in words: two codes of one text are one id, and empty text is none") {
  const auto what = two_channels();
  const std::vector<event> events(6, {0, "D0", "visit", "done", today, 1, 1, 1});
  const event_table plain(events);
  table_view rows;
  for (const auto& [name, values] : plain.rows.view().columns())
    if (name != "event_id") rows.add(name, values);
  const std::vector<std::string_view> names = {"b", "", "a", "b", ""};
  const std::vector<std::int32_t> codes = {0, 1, 2, 3, 4, -1};
  rows.add("event_id", column_view::categories(codes, names));
  const auto made = profile::build(what, doctors(1).view(), &rows, today).value();
  CHECK(made.contacts_used == 5);
  CHECK(made.rejected == std::vector<bad_row>{{"interactions", 3, "event_id", errc::duplicate_event}});
}

TEST_CASE("rows that cannot be used are collected with their reason and the rest goes on") {
  const auto what = two_channels();
  const auto hcps = doctors(2);
  const std::vector<event> events = {
      {1, "D0", "visit", "done", today, 1, 1, 1},     {2, "nobody", "visit", "done", today, 1, 1, 1},
      {3, "D0", "pigeon", "", today, 1, 1, 1},        {4, "D0", "email", "eaten", today, 1, 1, 1},
      {5, "D0", "visit", "", date{-999999}, 1, 1, 1}, {6, "D0", "visit", "", today, -1, 1, 1},
      {7, "D0", "visit", "", today, 1, 2, 1},         {8, "D0", "visit", "", today, 1, 1, INFINITY},
      {9, "", "visit", "", today, 1, 1, 1},           {1, "D0", "visit", "done", today, 1, 1, 1},
      {10, "nobody", "visit", "", today + 1, 1, 1, 1}};
  const auto made = profile::build(what, hcps.view(), &event_table(events).rows.view(), today).value();
  const std::vector<bad_row> expected = {
      {"interactions", 1, "hcp_id", errc::unknown_hcp},      {"interactions", 2, "channel", errc::unknown_channel},
      {"interactions", 3, "depth", errc::unknown_depth},     {"interactions", 4, "date", errc::invalid_date},
      {"interactions", 5, "count", errc::out_of_range},      {"interactions", 6, "quality", errc::out_of_range},
      {"interactions", 7, "amount", errc::not_finite},       {"interactions", 8, "hcp_id", errc::missing_value},
      {"interactions", 9, "event_id", errc::duplicate_event}};
  CHECK(made.rejected == expected);
  CHECK(made.contacts_used == 1);
  CHECK(made.contacts_later == 1);
  CHECK(cell(made, "contact_coverage", 0) == doctest::Approx(1.0 / 7));
  CHECK(cell(made, "contact_coverage", 1) == 1);
}

TEST_CASE(
    "a contact with a fault still counts for caps and gaps, earns nothing, and yields to a row of its event without "
    "one") {
  auto what = two_channels();
  what.channels[1].depths[2].revokes_consent = true;
  const auto build = [&](const std::vector<event>& events) {
    return profile::build(what, doctors(1).view(), &event_table(events).rows.view(), today).value();
  };
  const event good{1, "D0", "email", "opened", today - 3, 2, 1, 5};
  struct fault {
    event row;
    const char* column;
    int count;
    std::uint16_t depth;
  };
  std::vector<fault> faults(5, {good, "", 2, 1});
  faults[0].row.depth = "eaten", faults[0].column = "depth", faults[0].depth = profile::unread_depth;
  faults[1].row.count = -1, faults[1].column = "count", faults[1].count = 1;
  faults[2].row.quality = 1.2, faults[2].column = "quality";
  faults[3].row.amount = INFINITY, faults[3].column = "amount";
  faults[4].row.count = 2'000'000, faults[4].column = "count", faults[4].count = 1;
  for (const fault& f : faults) {
    CAPTURE(f.column);
    const auto made = build({f.row});
    REQUIRE(made.rejected.size() == 1);
    CHECK(made.rejected[0].column == f.column);
    CHECK(made.contacts_used == 0);
    CHECK(made.contacts.items == std::vector<profile::contact>{{today - 3, 1, f.depth, f.count}});
    CHECK(cell(made, "contacts_email_30d", 0) == f.count);
    CHECK(cell(made, "days_since_contact", 0) == 3);
    CHECK(cell(made, "points", 0) == 0);
    CHECK(std::isnan(cell(made, "sum_amount_60d", 0)));
    CHECK(cell(made, "contact_coverage", 0) == 0);
    for (const bool good_first : {true, false}) {  // event 1 twice: the good row is the one that counts
      event late = good;
      late.on = today - 2;
      const auto both = good_first ? build({late, f.row}) : build({f.row, late});
      CHECK(both.contacts.items == std::vector<profile::contact>{{today - 2, 1, 1, 2}});
      CHECK(both.rejected.size() == 1);
      CHECK(cell(both, "sum_amount_60d", 0) == 5);
      CHECK(cell(both, "contact_coverage", 0) == 0.5);
    }
  }
  event left = good;  // what is no contact stays none
  left.depth = "unsubscribed", left.quality = 7;
  const auto made = build({left});
  CHECK(made.contacts.items.empty());
  CHECK(std::isnan(cell(made, "days_since_contact", 0)));
  CHECK(cell(made, "points", 0) == 0);
  // Without a readable channel or day it cannot enter the profile, but it is remembered wherever it may lie.
  using unplaced = std::vector<profile::unplaced_contact>;
  event nowhere = good, anywhere = good, never = good, later = good;
  nowhere.channel = "pigeon", anywhere.channel = "", never.on = date{-999999};
  nowhere.id = 1, anywhere.id = 2, never.id = 3;
  later.channel = "pigeon", later.on = today + 1;
  const auto lost = build({never, nowhere, anywhere, later});
  CHECK(lost.contacts.items.empty());
  CHECK(lost.rejected.size() == 3);
  CHECK(cell(lost, "contacts_30d", 0) == 0);
  CHECK(std::isnan(cell(lost, "days_since_contact", 0)));
  CHECK(cell(lost, "contact_coverage", 0) == 0);
  CHECK(lost.contacts.unplaced ==
        unplaced{{0, today - 3, profile::other_channel, 2}, {0, today - 3, profile::any_channel, 2}, {0, today, 1, 2}});
  never.id = nowhere.id = good.id;  // told again, and rightly
  CHECK(build({never, good, nowhere}).contacts.unplaced.empty());
  // Who may have turned away from a channel has turned away.
  left.quality = 1, left.on = date{-999999};
  CHECK(build({left}).contacts.withdrawals == std::vector<profile::withdrawal>{{0, 1, today}});
  CHECK(build({left}).contacts.unplaced.empty());
  left.on = today - 1, left.channel = "pigeon";
  CHECK(build({left}).contacts.withdrawals == std::vector<profile::withdrawal>{{0, 1, today - 1}});
}

TEST_CASE("doctors who share an id are rejected, all of them, and so are their contacts") {
  const auto what = two_channels();
  table hcps;
  hcps.add("age", std::vector<std::int32_t>{30, 40, 50, 60});
  hcps.add("hcp_id", std::vector<std::int32_t>{0, 1, 0, -1}, std::vector<std::string>{"D0", "D1"});
  const std::vector<event> events = {{1, "D0", "visit", "", today, 1, 1, 1}, {2, "D1", "visit", "", today, 1, 1, 1}};
  const auto made = profile::build(what, hcps.view(), &event_table(events).rows.view(), today).value();
  CHECK(made.source == std::vector<std::int64_t>{1});
  CHECK(made.rows.view().find("hcp_id")->text(0) == "D1");
  CHECK(cell(made, "age", 0) == 40);
  const std::vector<bad_row> expected = {{"hcps", 0, "hcp_id", errc::duplicate_hcp},
                                         {"hcps", 2, "hcp_id", errc::duplicate_hcp},
                                         {"hcps", 3, "hcp_id", errc::missing_value},
                                         {"interactions", 0, "hcp_id", errc::rejected_hcp}};
  CHECK(made.rejected == expected);
}

TEST_CASE("without a table of interactions nothing is zero, everything is missing") {
  const auto made = profile::build(two_channels(), doctors(1).view(), nullptr, today).value();
  for (const auto& name : profile::columns_of(two_channels()))
    CHECK_MESSAGE(std::isnan(cell(made, name.c_str(), 0)), name);
}

TEST_CASE("attributes are shared, not copied") {
  const auto hcps = doctors(3);
  const auto made = profile::build(two_channels(), hcps.view(), nullptr, today).value();
  CHECK(made.rows.view().find("hcp_id")->data() == hcps.view().find("hcp_id")->data());
}

TEST_CASE("whole columns that cannot be used are an error that names them") {
  const auto hcps = doctors(1);
  table bad;
  bad.add("hcp_id", std::vector<std::int32_t>{0}, std::vector<std::string>{"D0"});
  bad.add("channel", std::vector<std::int32_t>{0}, std::vector<std::string>{"visit"});
  const auto no_date = profile::build(two_channels(), hcps.view(), &bad.view(), today);
  REQUIRE(!no_date);
  CHECK(no_date.error().code() == errc::missing_column);
  CHECK(no_date.error().where().column == "date");
  bad.add("date", std::vector<double>{1.5});
  const auto bad_date = profile::build(two_channels(), hcps.view(), &bad.view(), today);
  REQUIRE(!bad_date);
  CHECK(bad_date.error().code() == errc::wrong_type);
  CHECK(!profile::build(two_channels(), hcps.view(), nullptr, date{9999999}));
  for (const double weight : {missing, double{INFINITY}, -double{INFINITY}}) {
    auto what = two_channels();
    what.channels[1].depths[1].weight = weight;
    const auto no_weight = profile::build(what, hcps.view(), nullptr, today);
    REQUIRE(!no_weight);
    CHECK(no_weight.error().code() == errc::invalid_argument);
    CHECK(no_weight.error().where().path == "/channels/email/depths/opened");
  }
}
