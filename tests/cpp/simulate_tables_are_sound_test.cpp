// Whatever the options: ids are unique, dates lie in the period, depths belong to their channels, tables join. Or a named error.
#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/simulate/territory.hpp>

using namespace tierwise;

namespace {

const std::map<std::string, std::set<std::string>, std::less<>> depths = {
    {"visit", {"done"}},
    {"remote_call", {"done"}},
    {"meeting", {"attended", "question"}},
    {"webinar", {"delivered", "attended", "question"}},
    {"email", {"delivered", "opened", "clicked", "read", "unsubscribed"}},
    {"wechat", {"delivered", "opened", "clicked", "read", "unsubscribed"}},
    {"video", {"opened", "read"}}};

/// The first thing wrong with a territory; empty if nothing is.
std::string fault_of(const simulate::territory& made) {
  const simulate::options& what = made.made_with();
  const auto& hcps = made.hcps.view();
  if (hcps.rows() != what.hcps) return "number of doctors";
  for (std::size_t i = 0; i < hcps.rows(); ++i) {
    std::string id = std::to_string(i + 1);
    id.insert(0, 7 - id.size(), '0');
    if (hcps.find("hcp_id")->text(i) != "S" + id) return "hcp_id";
    if (!hcps.find("territory")->has(i) || !hcps.find("rep_id")->has(i)) return "territory";
    for (const char* column :
         {"society_offices", "trials", "publications", "teaching", "patient_volume", "patients_per_week"})
      if (hcps.find(column)->has(i) && hcps.find(column)->number(i) < 0) return column;
    if (hcps.find("society_offices")->has(i) && hcps.find("society_offices")->number(i) > 3) return "society_offices";
  }
  const auto in_period = [&](double days) { return days >= what.from.days && days <= what.to.days; };

  const auto& log = made.interactions.view();
  std::set<std::string, std::less<>> gone;
  for (std::size_t i = 0; i < log.rows(); ++i) {
    const auto& [event, hcp, on] = std::tie(*log.find("event_id"), *log.find("hcp_id"), *log.find("date"));
    if (i > 0 && event.whole(i) <= event.whole(i - 1)) return "event_id";
    if (!hcp.has(i) || (i > 0 && hcp.code(i) < hcp.code(i - 1))) return "order of doctors";
    if (!in_period(on.number(i))) return "contact outside the period";
    const bool same = i > 0 && hcp.code(i) == hcp.code(i - 1);
    if (same && on.number(i) < on.number(i - 1)) return "order of dates";
    const auto channel = log.find("channel")->text(i), depth = log.find("depth")->text(i);
    const auto known = depths.find(channel);
    if (known == depths.end() || !known->second.contains(std::string(depth))) return "depth of another channel";
    if (!same) gone.clear();
    if (gone.contains(channel)) return "a message after the unsubscription";
    if (depth == "unsubscribed") gone.emplace(channel);
  }

  std::set<std::pair<std::int32_t, std::string>> pairs;
  const auto& consents = made.consents.view();
  for (std::size_t i = 0; i < consents.rows(); ++i) {
    const auto channel = std::string(consents.find("channel")->text(i));
    if (!depths.contains(channel) || consents.find("purpose")->text(i) != "promotion") return "consent";
    if (!pairs.emplace(consents.find("hcp_id")->code(i), channel).second)
      return "two consents for one doctor and channel";
    if (!consents.find("granted")->has(i) || !consents.find("from")->has(i)) return "consent without answer or date";
    if (consents.find("until")->has(i) && consents.find("until")->number(i) < consents.find("from")->number(i))
      return "until before from";
  }

  const auto& history = made.history.view();
  for (std::size_t i = 0; i < history.rows(); ++i) {
    if (i > 0 && history.find("decision_id")->whole(i) <= history.find("decision_id")->whole(i - 1))
      return "decision_id";
    if (!in_period(history.find("date")->number(i))) return "suggestion outside the period";
    const auto& action = what.catalogue[static_cast<std::size_t>(history.find("action_id")->code(i))];
    if (history.find("action_id")->text(i) != action.id) return "action_id";
    const auto channel = history.find("channel")->text(i);
    if (std::find(action.channels.begin(), action.channels.end(), channel) == action.channels.end())
      return "action by a channel not its own";
    if (!pairs.contains({history.find("hcp_id")->code(i), std::string(channel)}))
      return "suggestion by a channel nobody consented to";
    if (history.find("reason")->has(i) && history.find("outcome")->text(i) != "dismissed")
      return "reason without dismissal";
  }
  const std::size_t reps = (what.hcps + what.hcps_per_rep - 1) / what.hcps_per_rep;
  if (made.representatives.view().rows() != reps) return "number of representatives";
  for (std::size_t i = 0; i < hcps.rows(); ++i) {
    const auto rep = static_cast<std::size_t>(hcps.find("rep_id")->code(i));
    if (made.representatives.view().find("rep_id")->text(rep) != hcps.find("rep_id")->text(i)) return "rep_id";
    if (hcps.find("city")->has(i) && made.representatives.view().find("city")->text(rep) != hcps.find("city")->text(i))
      return "city";
  }
  return "";
}

}  // namespace

TEST_CASE("simulate: a territory of the default options is sound") {
  simulate::options what;
  what.hcps = 5'000;
  const auto made = simulate::make_territory(what).value();
  CHECK(fault_of(made) == "");
  std::size_t unsubscribed = 0, granted = 0;
  for (std::size_t i = 0; i < made.interactions.view().rows(); ++i)
    unsubscribed += made.interactions.view().find("depth")->text(i) == "unsubscribed" ? 1 : 0;
  for (std::size_t i = 0; i < made.consents.view().rows(); ++i)
    granted += made.consents.view().find("granted")->number(i) > 0 ? 1 : 0;
  CHECK(unsubscribed > 50);
  CHECK((granted > made.consents.view().rows() / 2 && granted < made.consents.view().rows() * 9 / 10));
}

TEST_CASE("simulate: a territory of any options is sound") {
  CHECK(rc::check("sound", [] {
    simulate::options what;
    what.hcps = *rc::gen::inRange<std::size_t>(0, 400);
    what.seed = *rc::gen::arbitrary<std::uint64_t>();
    what.from = date{*rc::gen::inRange(first_date.days, last_date.days)};
    what.to = date{std::min(last_date.days, what.from.days + *rc::gen::inRange(0, 900))};
    what.contact_scale = *rc::gen::inRange(0, 40) / 10.0;
    what.suggestions_per_month = *rc::gen::inRange(0, 40) / 10.0;
    what.missing_prob = *rc::gen::inRange(0, 11) / 10.0;
    what.unknown_volume_prob = *rc::gen::inRange(0, 11) / 10.0;
    what.hcps_per_rep = *rc::gen::inRange<std::size_t>(1, 500);
    const std::string fault = fault_of(simulate::make_territory(what).value());
    RC_LOG() << fault << '\n';
    RC_ASSERT(fault.empty());
  }));
}

TEST_CASE("simulate: nobody, nothing and one day are territories too") {
  simulate::options what;
  what.hcps = 0;
  CHECK(fault_of(simulate::make_territory(what).value()) == "");
  what.hcps = 50;
  what.contact_scale = 0;
  what.suggestions_per_month = 0;
  const auto silent = simulate::make_territory(what).value();
  CHECK(fault_of(silent) == "");
  CHECK(silent.interactions.view().rows() == 0);
  CHECK(silent.history.view().rows() == 0);
  what.contact_scale = 1000;  // many contacts on the only day there is, a Sunday
  what.from = what.to = parse_date("2026-11-22").value();
  const auto sunday = simulate::make_territory(what).value();
  CHECK(fault_of(sunday) == "");
  CHECK(sunday.interactions.view().rows() > 1'000);
  what.catalogue.clear();
  CHECK(simulate::make_territory(what).value().history.view().rows() == 0);
}

TEST_CASE("simulate: bad options are refused by name") {
  const auto refused = [](auto change, errc code, const char* option) {
    simulate::options what;
    what.hcps = 1;
    change(what);
    const auto made = simulate::make_territory(what);
    REQUIRE(!made);
    CHECK(made.error().code() == code);
    CHECK(made.error().where().column == option);
  };
  const double infinite = std::numeric_limits<double>::infinity();
  refused([](auto& o) { o.hcps = std::size_t{1} << 31; }, errc::invalid_argument, "hcps");
  refused([](auto& o) { o.to = o.from - 1; }, errc::invalid_argument, "to");
  refused([](auto& o) { o.from = first_date - 1; }, errc::invalid_date, "from");
  refused([](auto& o) { o.to = last_date + 1; }, errc::invalid_date, "to");
  refused([](auto& o) { o.hcps_per_rep = 0; }, errc::invalid_argument, "hcps_per_rep");
  refused([](auto& o) { o.visits_per_month = -0.1; }, errc::invalid_argument, "visits_per_month");
  refused([](auto& o) { o.other_contacts_per_month = missing; }, errc::invalid_argument, "other_contacts_per_month");
  refused([=](auto& o) { o.contact_scale = infinite; }, errc::invalid_argument, "contact_scale");
  refused([](auto& o) { o.suggestions_per_month = 1001; }, errc::invalid_argument, "suggestions_per_month");
  refused([](auto& o) { o.missing_prob = 1.1; }, errc::invalid_argument, "missing_prob");
  refused([](auto& o) { o.unknown_volume_prob = missing; }, errc::invalid_argument, "unknown_volume_prob");
  refused([](auto& o) { o.catalogue[2].id = ""; }, errc::invalid_argument, "catalogue/2");
  refused([](auto& o) { o.catalogue[2].id = o.catalogue[1].id; }, errc::invalid_argument, "catalogue/2");
  refused([](auto& o) { o.catalogue[2].channels.clear(); }, errc::invalid_argument, "catalogue/2");
  refused([](auto& o) { o.catalogue[2].channels = {"fax"}; }, errc::unknown_channel, "catalogue/2");
  refused([](auto& o) { o.catalogue[2].acceptance = 1; }, errc::invalid_argument, "catalogue/2");
  refused([=](auto& o) { o.catalogue[2].standing = infinite; }, errc::invalid_argument, "catalogue/2");
}
