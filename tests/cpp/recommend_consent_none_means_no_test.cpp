// Consent: who said what last, on the day of the decision, about this channel and purpose.
#include <doctest/doctest.h>

#include "recommend_world.hpp"

namespace {

using namespace recommend_world;

const date today = parse_date("2025-06-15").value();

struct row {
  const char *hcp, *channel, *purpose;  // null: missing
  double granted;
  const char *from, *until;
};

/// Two doctors, two channels, one action by both; statements as given.
struct case_of {
  explicit case_of(const std::vector<row>& rows, bool with_table = true) {
    recommend::policy p;
    p.other_purposes = {"research"};
    p.actions = {{.id = "a",
                  .name_en = {},
                  .name_zh = {},
                  .issue = {},
                  .group = {},
                  .channels = {"email", "wechat"},
                  .contents = {},
                  .value = 1,
                  .available = {},
                  .in_stock = true,
                  .eligible = {},
                  .applicable = {},
                  .suitable = {}}};
    std::vector<profile::channel> channels(2);
    channels[0].id = "email", channels[1].id = "wechat";
    engine = recommend::make_engine(p, channels, {}, {0.5, {0.5, 0.5}, {{0.5, 1, 2}, {0.25, 1, 4}}}).value();
    profiles.add("hcp_id", std::vector<std::int32_t>{0, 1}, std::vector<std::string>{"x", "y"});

    std::vector<std::string> names;
    const auto column = [&](const char* name, const char* row::*cell) {
      std::vector<std::int32_t> codes;
      std::vector<std::string> texts;
      for (const row& r : rows) {
        codes.push_back(r.*cell == nullptr ? -1 : static_cast<std::int32_t>(texts.size()));
        if (r.*cell != nullptr) texts.emplace_back(r.*cell);
      }
      consents.add(name, std::move(codes), std::move(texts));
    };
    column("hcp_id", &row::hcp);
    column("channel", &row::channel);
    column("purpose", &row::purpose);
    column("from", &row::from);
    column("until", &row::until);
    std::vector<double> granted;
    for (const row& r : rows) granted.push_back(r.granted);
    consents.add("granted", std::move(granted));
    result = recommend::decide(engine,
                               {&profiles.view(), nullptr, nullptr, nullptr, with_table ? &consents.view() : nullptr},
                               today, {.trace = true, .threads = nullptr})
                 .value();
  }

  bool allows(std::int64_t hcp, const std::string& channel) const {
    for (const recommend::drop& d : result.drops)
      if (d.hcp == hcp && engine.stops[static_cast<std::size_t>(d.stop)].id == "consent/" + channel) return false;
    return true;
  }

  recommend::engine engine;
  table profiles, consents;
  recommend::decisions result;
};

bool email(const std::vector<row>& rows) {
  const case_of c(rows);
  CHECK(c.result.rejected.empty());
  CHECK_FALSE(c.allows(0, "wechat"));  // nothing was ever said of it
  CHECK_FALSE(c.allows(1, "email"));   // nor by this doctor
  return c.allows(0, "email");
}

TEST_CASE("consent: none means no") {
  CHECK_FALSE(email({}));
  const case_of no_table({}, false);
  for (std::int64_t hcp : {0, 1})
    for (const char* channel : {"email", "wechat"}) CHECK_FALSE(no_table.allows(hcp, channel));
  CHECK(no_table.result.funnel.size() == 2);
}

TEST_CASE("consent: holds from its first to its last day, both included") {
  CHECK(email({{"x", "email", nullptr, 1, nullptr, nullptr}}));
  CHECK_FALSE(email({{"x", "email", nullptr, 0, nullptr, nullptr}}));
  CHECK(email({{"x", "email", nullptr, 1, "2025-06-15", nullptr}}));
  CHECK_FALSE(email({{"x", "email", nullptr, 1, "2025-06-16", nullptr}}));
  CHECK(email({{"x", "email", nullptr, 1, nullptr, "2025-06-15"}}));
  CHECK_FALSE(email({{"x", "email", nullptr, 1, nullptr, "2025-06-14"}}));
  CHECK(email({{"x", "email", nullptr, 1, "2025-06-15", "2025-06-15"}}));
  CHECK(email({{"x", "email", "", 1, "", ""}}));  // empty text is missing
}

TEST_CASE("consent: for its purpose only") {
  CHECK(email({{"x", "email", "promotion", 1, nullptr, nullptr}}));
  CHECK_FALSE(email({{"x", "email", "research", 1, nullptr, nullptr}}));
  CHECK(
      email({{"x", "email", "promotion", 1, nullptr, nullptr}, {"x", "email", "research", 0, "2025-06-01", nullptr}}));
  // A statement on another purpose is not looked at, however broken.
  CHECK_FALSE(email({{"nobody", "pigeon", "research", 7, "soon", nullptr}}));
}

TEST_CASE("consent: the latest statement in force holds, and of two of one day the refusal") {
  const row old_yes{"x", "email", nullptr, 1, "2025-01-01", nullptr},
      new_no{"x", "email", nullptr, 0, "2025-06-01", nullptr};
  const row old_no{"x", "email", nullptr, 0, "2025-01-01", nullptr},
      new_yes{"x", "email", nullptr, 1, "2025-06-01", nullptr};
  const row open_yes{"x", "email", nullptr, 1, nullptr, nullptr}, open_no{"x", "email", nullptr, 0, nullptr, nullptr};
  const row ended_no{"x", "email", nullptr, 0, "2025-06-01", "2025-06-14"},
      later_no{"x", "email", nullptr, 0, "2025-06-16", nullptr};
  const auto both = [](const row& a, const row& b) {
    const bool first = email({a, b});
    CHECK(email({b, a}) == first);  // whatever the order
    return first;
  };
  CHECK_FALSE(both(old_yes, new_no));
  CHECK(both(old_no, new_yes));
  CHECK_FALSE(both(new_yes, new_no));
  CHECK_FALSE(both(open_yes, open_no));
  CHECK(both(open_no, old_yes));
  CHECK_FALSE(both(open_yes, old_no));
  CHECK(both(old_yes, ended_no));
  CHECK(both(old_yes, later_no));
  CHECK(email({new_yes, new_yes, old_no}));
}

TEST_CASE("consent: rows that cannot be used are collected; what might have been a refusal counts as one") {
  const row yes{"x", "email", nullptr, 1, nullptr, nullptr};
  const auto rejects = [&](const row& bad, errc code, const char* column, bool still_allowed) {
    const case_of c({yes, bad});
    CAPTURE(column);
    REQUIRE(c.result.rejected.size() == 1);
    CHECK(c.result.rejected[0] == bad_row{"consents", 1, column, code});
    CHECK(c.allows(0, "email") == still_allowed);
  };
  rejects({"nobody", "email", nullptr, 1, nullptr, nullptr}, errc::unknown_hcp, "hcp_id", true);
  rejects({nullptr, "email", nullptr, 1, nullptr, nullptr}, errc::missing_value, "hcp_id", true);
  rejects({"x", "pigeon", nullptr, 1, nullptr, nullptr}, errc::unknown_channel, "channel", true);
  rejects({"x", nullptr, nullptr, 1, nullptr, nullptr}, errc::missing_value, "channel", true);
  rejects({"x", "email", nullptr, missing, nullptr, nullptr}, errc::missing_value, "granted", false);
  rejects({"x", "email", nullptr, 2, nullptr, nullptr}, errc::out_of_range, "granted", false);
  rejects({"x", "email", nullptr, 0, "2025-02-30", nullptr}, errc::invalid_date, "from", false);
  rejects({"x", "email", nullptr, 1, nullptr, "15/06/2025"}, errc::invalid_date, "until", false);
  rejects({"x", "email", nullptr, 1, "2025-06-10", "2025-06-09"}, errc::out_of_range, "until", false);
  // … of that doctor and channel alone
  const case_of c(
      {yes, {"y", "email", nullptr, 1, nullptr, nullptr}, {"x", "email", nullptr, missing, nullptr, nullptr}});
  CHECK_FALSE(c.allows(0, "email"));
  CHECK(c.allows(1, "email"));
}

TEST_CASE("consent: a refusal is never lost through a typing error") {
  const row email_yes{"x", "email", "promotion", 1, "2025-01-01", nullptr};
  const row wechat_yes{"x", "wechat", "promotion", 1, "2025-01-01", nullptr};
  const row other_yes{"y", "email", "promotion", 1, "2025-01-01", nullptr};
  struct outcome {
    bool email, wechat;
    std::vector<bad_row> rejected;
  };
  const auto after = [&](const row& last) -> outcome {
    const case_of c({email_yes, wechat_yes, other_yes, last}), reversed({last, other_yes, wechat_yes, email_yes});
    CHECK(c.allows(1, "email"));  // of that doctor alone
    for (const char* channel : {"email", "wechat"}) CHECK(reversed.allows(0, channel) == c.allows(0, channel));
    return {c.allows(0, "email"), c.allows(0, "wechat"), c.result.rejected};
  };
  const auto bad = [](errc code, const char* column) { return std::vector<bad_row>{{"consents", 3, column, code}}; };
  const char* const june = "2025-06-01";
  for (const char* purpose : {"Promotion", "promotion ", "marketing"}) {
    CAPTURE(purpose);
    const auto no = after({"x", "email", purpose, 0, june, nullptr});
    CHECK_FALSE(no.email);
    CHECK(no.wechat);
    CHECK(no.rejected == bad(errc::unknown_purpose, "purpose"));
    const auto yes = after({"x", "email", purpose, 1, june, nullptr});
    CHECK(yes.email);
    CHECK(yes.rejected == bad(errc::unknown_purpose, "purpose"));
    CHECK_FALSE(after({"x", "email", purpose, missing, june, nullptr}).email);
    CHECK_FALSE(case_of({{"x", "email", purpose, 1, june, nullptr}}).allows(0, "email"));
  }
  for (const char* purpose : {static_cast<const char*>(nullptr), ""}) {
    const auto no = after({"x", "email", purpose, 0, june, nullptr});
    CHECK_FALSE(no.email);
    CHECK(no.wechat);
    CHECK(no.rejected.empty());
  }
  for (const char* channel : {"Email", static_cast<const char*>(nullptr), ""}) {
    const auto why = channel && *channel ? errc::unknown_channel : errc::missing_value;
    const auto no = after({"x", channel, "promotion", 0, june, nullptr});
    CHECK_FALSE(no.email);
    CHECK_FALSE(no.wechat);
    CHECK(no.rejected == bad(why, "channel"));
    const auto unclear = after({"x", channel, "promotion", missing, june, nullptr});
    CHECK_FALSE(unclear.email);
    CHECK_FALSE(unclear.wechat);
    CHECK(unclear.rejected.size() == 1);
    const auto yes = after({"x", channel, "promotion", 1, june, nullptr});
    CHECK(yes.email);
    CHECK(yes.wechat);
    CHECK(yes.rejected == bad(why, "channel"));
    CHECK(after({"x", channel, "research", 0, june, nullptr}).email);  // what it is about is known, and not ours
    CHECK_FALSE(after({"x", channel, "Promotion", 0, june, nullptr}).wechat);
  }
  // From its date on and until its end, like any refusal; what comes later holds.
  CHECK(after({"x", "Email", nullptr, 0, "2024-12-31", nullptr}).email);
  CHECK(after({"x", "Email", nullptr, 0, "2025-06-16", nullptr}).email);
  CHECK(after({"x", "email", "Promotion", 0, "2025-02-01", "2025-06-14"}).email);
  CHECK_FALSE(after({"x", "email", "Promotion", 0, "soon", nullptr}).email);
}

TEST_CASE("consent: who turns away by a contact is left alone until a later consent") {
  std::vector<profile::channel> channels(2);
  channels[0].id = "email", channels[1].id = "visit";
  for (profile::channel& c : channels) c.depths = {{"done", 1}, {"left", -5, false, true}};
  table profiles;
  profiles.add("hcp_id", std::vector<std::int32_t>{0, 1}, std::vector<std::string>{"x", "y"});
  recommend::policy p;
  recommend::action a;
  a.id = "a", a.channels = {"email", "visit"};
  p.actions = {a};
  p.consent_not_required = {"visit"};
  const auto engine = recommend::make_engine(p, channels, {}, {0.5, {0.5, 0.5}, {{0.5, 1, 2}, {0.25, 1, 4}}}).value();

  /// Which stop each of x's channels has ("" where it is allowed), after "left" on some days and statements on email.
  struct left {
    const char* channel;
    date on;
  };
  const auto stops = [&](const std::vector<left>& contacts, const std::vector<std::pair<date, bool>>& statements) {
    table rows, consents;
    std::vector<std::int32_t> hcp, channel, depth;
    std::vector<date> on;
    for (const left& c : contacts) {
      hcp.push_back(0), depth.push_back(0), on.push_back(c.on);
      channel.push_back(std::string(c.channel) == "visit");
    }
    rows.add("hcp_id", std::move(hcp), std::vector<std::string>{"x"});
    rows.add("channel", std::move(channel), std::vector<std::string>{"email", "visit"});
    rows.add("depth", std::move(depth), std::vector<std::string>{"left"});
    rows.add("date", std::move(on));
    std::vector<std::int32_t> who, what, granted;
    std::vector<date> from;
    for (const auto& [day, yes] : statements)
      for (const std::int32_t doctor : {0, 1})
        who.push_back(doctor), what.push_back(0), granted.push_back(yes), from.push_back(day);
    consents.add("hcp_id", std::move(who), std::vector<std::string>{"x", "y"});
    consents.add("channel", std::move(what), std::vector<std::string>{"email"});
    consents.add("granted", std::move(granted));
    consents.add("from", std::move(from));
    profile::options options;
    options.channels = channels;
    const auto made = profile::build(options, profiles.view(), &rows.view(), today).value();
    CHECK(made.contacts.items.empty());
    const auto decided =
        recommend::decide(engine, {&profiles.view(), nullptr, &made.contacts, nullptr, &consents.view()}, today,
                          {.trace = true, .threads = nullptr})
            .value();
    std::vector<std::string> out(2);
    for (const recommend::drop& d : decided.drops)
      if (d.hcp == 0 && engine.stops[static_cast<std::size_t>(d.stop)].at == recommend::stage::consent)
        out[engine.candidates[static_cast<std::size_t>(d.candidate)].channel] =
            engine.stops[static_cast<std::size_t>(d.stop)].id;
    for (const recommend::drop& d : decided.drops)  // nobody else is touched
      if (d.hcp == 1) CHECK(engine.stops[static_cast<std::size_t>(d.stop)].id.find("withdrawn") == std::string::npos);
    return out;
  };
  using ids = std::vector<std::string>;
  const date may = parse_date("2025-05-01").value(), june = parse_date("2025-06-01").value();
  CHECK(stops({}, {{may, true}}) == ids{"", ""});
  CHECK(stops({{"email", june}}, {{may, true}}) == ids{"consent/withdrawn/email", ""});
  CHECK(stops({{"email", june}}, {{june, true}}) == ids{"consent/withdrawn/email", ""});  // of one day the refusal
  CHECK(stops({{"email", june}}, {{june + 1, true}}) == ids{"", ""});
  CHECK(stops({{"email", may}, {"email", june}}, {{may + 1, true}}) == ids{"consent/withdrawn/email", ""});
  CHECK(stops({{"email", today + 1}}, {{may, true}}) == ids{"", ""});
  CHECK(stops({{"email", today}}, {{may, true}}) == ids{"consent/withdrawn/email", ""});
  CHECK(stops({{"email", may}}, {}) == ids{"consent/withdrawn/email", ""});
  CHECK(stops({{"email", may}}, {{june, false}}) == ids{"consent/withdrawn/email", ""});
  CHECK(stops({}, {{june, false}}) == ids{"consent/email", ""});
  CHECK(stops({{"visit", june}}, {{may, true}}) == ids{"", "consent/withdrawn/visit"});  // though it needs no consent
}

TEST_CASE("consent: a table of the wrong shape is refused as a whole") {
  const case_of c({});
  const auto decide_with = [&](const table_view& consents) {
    return recommend::decide(c.engine, {&c.profiles.view(), nullptr, nullptr, nullptr, &consents}, today);
  };
  table no_granted;
  no_granted.add("hcp_id", std::vector<std::int32_t>{0}, std::vector<std::string>{"x"});
  no_granted.add("channel", std::vector<std::int32_t>{0}, std::vector<std::string>{"email"});
  auto answer = decide_with(no_granted.view());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == errc::missing_column);
  CHECK(answer.error().where().column == "granted");

  no_granted.add("granted", std::vector<std::int32_t>{0}, std::vector<std::string>{"yes"});
  answer = decide_with(no_granted.view());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == errc::wrong_type);

  table numbers;
  numbers.add("hcp_id", std::vector<std::int32_t>{5});
  numbers.add("channel", std::vector<std::int32_t>{0}, std::vector<std::string>{"email"});
  numbers.add("granted", std::vector<std::int32_t>{1});
  answer = decide_with(numbers.view());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == errc::wrong_type);
  CHECK(answer.error().where().column == "hcp_id");
}

}  // namespace
