// Random policies, doctors, contacts, suggestions and consents: in plain values for a checker, and as the engine's inputs.
#ifndef TIERWISE_TESTS_RECOMMEND_WORLD_HPP
#define TIERWISE_TESTS_RECOMMEND_WORLD_HPP

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <tierwise/core/random.hpp>
#include <tierwise/recommend/recommend.hpp>

namespace recommend_world {

using namespace tierwise;

struct statement {
  std::string channel, purpose;
  bool granted = true;
  std::optional<date> from, until;
};

struct doctor {
  std::string id;
  std::optional<int> tier;
  double score = missing;
  std::vector<profile::contact> contacts;
  std::vector<propensity::suggestion> suggestions;
  std::vector<statement> statements;
  std::vector<profile::withdrawal> withdrawals;
  std::vector<profile::unplaced_contact> unplaced;
  std::vector<propensity::unplaced_suggestion> unplaced_suggestions;
};

/// A rule with the same meaning twice: as text for the engine and as a function for the checker.
struct known_rule {
  const char* text;
  bool (*met)(const doctor&);
};
inline const std::vector<known_rule>& known_rules() {
  static const std::vector<known_rule> rules = {
      {"", [](const doctor&) { return true; }},
      {"tier <= 2", [](const doctor& d) { return d.tier && *d.tier <= 2; }},
      {"not (tier == 1)", [](const doctor& d) { return d.tier && *d.tier != 1; }},
      {"score > 0.3", [](const doctor& d) { return d.score > 0.3; }},
      {"known(score)", [](const doctor& d) { return !std::isnan(d.score); }},
      {"score > 0.7 or tier in {2, 3}",
       [](const doctor& d) { return d.score > 0.7 || (d.tier && (*d.tier == 2 || *d.tier == 3)); }},
  };
  return rules;
}

inline bool met(const std::string& text, const doctor& d) {
  for (const known_rule& rule : known_rules())
    if (text == rule.text) return rule.met(d);
  throw std::logic_error("a rule that the checker does not know");
}

inline tag::schema schema() {
  tag::schema known;
  known.columns = {{"tier", tag::value_type::number}, {"score", tag::value_type::number}};
  return known;
}

struct world {
  recommend::policy policy;
  std::vector<profile::channel> channels;
  propensity::pooled rates;
  std::vector<doctor> doctors;
  date as_of{20'000};
};

/// Numbers of one world; the same seed gives the same world.
class dice {
 public:
  explicit dice(std::uint64_t seed) : stream_(seed, 1, 2) {}
  int below(int n) { return static_cast<int>(stream_.below(static_cast<std::uint32_t>(n))); }
  int from(int low, int high) { return low + below(high - low + 1); }
  bool chance(double p) { return stream_.uniform() < p; }
  double uniform() { return stream_.uniform(); }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
  }
  template <class T>
  std::vector<T> some_of(std::vector<T> list, int least) {
    for (std::size_t i = list.size(); i > 1; --i)
      std::swap(list[i - 1], list[static_cast<std::size_t>(below(static_cast<int>(i)))]);
    list.resize(
        static_cast<std::size_t>(from(std::min(least, static_cast<int>(list.size())), static_cast<int>(list.size()))));
    return list;
  }

 private:
  random_stream stream_;
};

inline recommend::period random_period(dice& roll, date as_of) {
  recommend::period when;
  if (roll.chance(0.3)) when.from = as_of + roll.from(-6, 2);
  if (roll.chance(0.3)) when.until = std::max(as_of + roll.from(-2, 6), when.from.value_or(first_date));
  return when;
}

inline recommend::scope random_scope(dice& roll, const std::vector<std::string>& channels,
                                     const std::vector<std::string>& actions, const std::vector<std::string>& groups) {
  recommend::scope of;
  if (roll.chance(0.4)) of.channel = roll.one_of(channels);
  if (roll.chance(0.25)) of.action = roll.one_of(actions);
  if (roll.chance(0.25)) of.group = roll.one_of(groups);
  return of;
}

inline world random_world(std::uint64_t seed, int doctors) {
  dice roll(seed);
  world w;
  w.as_of = {20'000 + roll.below(400)};
  const std::vector<std::string> channels = roll.some_of<std::string>({"visit", "email", "wechat", "call"}, 2);
  for (const std::string& id : channels)
    w.channels.push_back({.id = id, .name_en = id, .name_zh = {}, .depths = {{"done", 1, true, false}}});
  if (roll.chance(0.7)) w.channels[0].depths.push_back({"left", -1, false, true});

  recommend::policy& p = w.policy;
  if (roll.chance(0.5)) p.other_purposes = {"research"};  // else a refusal for it may be meant for ours
  std::vector<std::string> contents;
  for (int i = roll.below(4); i > 0; --i) {
    p.contents.push_back({"k" + std::to_string(10 - i), {}, {}, random_period(roll, w.as_of)});
    contents.push_back(p.contents.back().id);
  }
  const std::vector<std::string> groups = {"g1", "g2"};
  std::vector<std::string> actions;
  for (const std::string& id : roll.some_of<std::string>({"a1", "a10", "a2", "b", "Z"}, 1)) {
    recommend::action a;
    a.id = id;
    a.issue = roll.chance(0.5) ? "i1" : "i2";
    a.group = roll.chance(0.8) ? roll.one_of(groups) : "";
    a.channels = roll.some_of(channels, 1);
    if (roll.chance(0.6)) a.contents = roll.some_of(contents, 1);
    a.value = roll.from(1, 3);
    if (roll.chance(0.4)) a.available = random_period(roll, w.as_of);
    if (roll.chance(0.1)) a.in_stock = roll.chance(0.5);
    if (roll.chance(0.4)) a.eligible = roll.one_of(known_rules()).text;
    if (roll.chance(0.3)) a.applicable = roll.one_of(known_rules()).text;
    if (roll.chance(0.3)) a.suitable = roll.one_of(known_rules()).text;
    p.actions.push_back(a);
    actions.push_back(id);
  }
  p.actions.front().issue = "i1", p.actions.front().group = "g1";
  if (p.actions.size() > 1) p.actions[1].issue = "i2", p.actions[1].group = "g2";
  const std::vector<std::string> used_groups = p.actions.size() > 1 ? groups : std::vector<std::string>{"g1"};

  if (roll.chance(0.5)) p.consent_not_required = roll.some_of(channels, 0);
  for (int i = roll.below(5); i > 0; --i)
    p.caps.push_back({"c" + std::to_string(i), random_scope(roll, channels, actions, used_groups), roll.from(0, 4),
                      roll.from(1, 12)});
  for (int i = roll.below(3); i > 0; --i)
    p.gaps.push_back({"p" + std::to_string(i), random_scope(roll, channels, actions, used_groups), roll.from(1, 9)});
  for (int i = roll.below(4); i > 0; --i) {
    recommend::context c{"x" + std::to_string(i),
                         known_rules()[static_cast<std::size_t>(roll.from(1, 5))].text,
                         {},
                         roll.from(-80, 60) * 1.0};
    if (roll.chance(0.5)) c.actions = roll.some_of(actions, 1);
    p.contexts.push_back(c);
  }
  if (roll.chance(0.5)) p.levers.push_back({recommend::lever::kind::issue, "i1", roll.from(-120, 50) * 1.0});
  if (roll.chance(0.5)) p.levers.push_back({recommend::lever::kind::group, "g1", roll.from(-50, 50) * 1.0});
  if (roll.chance(0.5))
    p.levers.push_back({recommend::lever::kind::action, roll.one_of(actions), roll.from(-50, 50) * 1.0});
  p.use = {roll.chance(0.8), roll.chance(0.8), roll.chance(0.8), roll.chance(0.8)};
  p.floor = roll.chance(0.3) ? roll.uniform() : 0;
  p.max_actions = roll.from(1, 4);
  p.valid_days = roll.from(0, 8);

  w.rates.by_channel.assign(channels.size(), 0.2);
  for (std::size_t i = 0; i < channels.size() * actions.size(); ++i)
    w.rates.estimates.push_back({roll.from(1, 4) / 8.0, 1, 8});  // ties happen

  for (int d = 0; d < doctors; ++d) {
    doctor one;
    one.id = "d" + std::to_string(d);
    if (roll.chance(0.85)) one.tier = roll.from(1, 4);
    if (roll.chance(0.8)) one.score = roll.uniform();
    for (int i = roll.below(7); i > 0; --i)
      one.contacts.push_back({w.as_of + roll.from(-14, 2),
                              static_cast<std::uint16_t>(roll.below(static_cast<int>(channels.size()))), 0,
                              roll.chance(0.2) ? roll.from(0, 3) : 1});
    for (int i = roll.below(6); i > 0; --i)
      one.suggestions.push_back(
          {d, w.as_of + roll.from(-14, 2), static_cast<std::uint16_t>(roll.below(static_cast<int>(actions.size()))),
           static_cast<std::uint16_t>(roll.below(static_cast<int>(channels.size()))), propensity::outcome::ignored});
    for (int i = roll.below(8); i > 0; --i) {
      statement s{roll.one_of(channels), roll.chance(0.8) ? "promotion" : "research", roll.chance(0.75), {}, {}};
      if (roll.chance(0.5)) s.from = w.as_of + roll.from(-4, 1);
      if (roll.chance(0.3)) s.until = std::max(w.as_of + roll.from(-1, 3), s.from.value_or(first_date));
      one.statements.push_back(s);
    }
    if (w.channels[0].depths.size() > 1 && roll.chance(0.3))
      for (int i = roll.from(1, 2); i > 0; --i) one.withdrawals.push_back({d, 0, w.as_of + roll.from(-6, 1)});
    for (int i = roll.chance(0.3) ? roll.from(1, 2) : 0; i > 0; --i) {
      const int place = roll.below(static_cast<int>(channels.size()) + 2);
      one.unplaced.push_back({d, w.as_of + roll.from(-14, 0),
                              place < static_cast<int>(channels.size())    ? static_cast<std::uint16_t>(place)
                              : place == static_cast<int>(channels.size()) ? profile::any_channel
                                                                           : profile::other_channel,
                              1});
    }
    std::sort(one.unplaced.begin(), one.unplaced.end());
    for (int i = roll.chance(0.3) ? roll.from(1, 2) : 0; i > 0; --i) {
      const auto one_of = [&roll](std::size_t names) {
        const int place = roll.below(static_cast<int>(names) + 2), known = static_cast<int>(names);
        return place < known    ? static_cast<std::uint16_t>(place)
               : place == known ? propensity::any_name
                                : propensity::other_name;
      };
      one.unplaced_suggestions.push_back(
          {d, w.as_of + roll.from(-14, 0), one_of(actions.size()), one_of(channels.size())});
    }
    std::sort(one.unplaced_suggestions.begin(), one.unplaced_suggestions.end());
    std::sort(one.withdrawals.begin(), one.withdrawals.end());
    std::sort(one.contacts.begin(), one.contacts.end(), [](const auto& a, const auto& b) { return a.on < b.on; });
    std::sort(one.suggestions.begin(), one.suggestions.end(), [](const auto& a, const auto& b) { return a.on < b.on; });
    w.doctors.push_back(std::move(one));
  }
  return w;
}

/// The doctors `who` of a world, in that order, as the engine's inputs. Not movable: `given` points into it.
class tables {
 public:
  tables(const world& w, const std::vector<std::size_t>& who) {
    std::vector<std::int32_t> codes, tiers;
    std::vector<std::string> ids;
    std::vector<double> scores;
    contacts_.begin.push_back(0), history_.begin.push_back(0);
    for (std::size_t row = 0; row < who.size(); ++row) {
      const doctor& d = w.doctors[who[row]];
      codes.push_back(static_cast<std::int32_t>(row));
      ids.push_back(d.id);
      tiers.push_back(d.tier.value_or(0));
      tier_known_.push_back(d.tier.has_value());
      scores.push_back(d.score);
      contacts_.items.insert(contacts_.items.end(), d.contacts.begin(), d.contacts.end());
      contacts_.begin.push_back(contacts_.items.size());
      for (const profile::withdrawal& one : d.withdrawals)
        contacts_.withdrawals.push_back({static_cast<std::int64_t>(row), one.channel, one.on});
      for (profile::unplaced_contact one : d.unplaced) {
        one.hcp = static_cast<std::int64_t>(row);
        contacts_.unplaced.push_back(one);
      }
      for (propensity::unplaced_suggestion s : d.unplaced_suggestions) {
        s.hcp = static_cast<std::int64_t>(row);
        history_.unplaced.push_back(s);
      }
      for (propensity::suggestion s : d.suggestions) {
        s.hcp = static_cast<std::int64_t>(row);
        history_.items.push_back(s);
      }
      history_.begin.push_back(history_.items.size());
    }
    for (const profile::channel& c : w.channels) contacts_.channels.push_back(c.id);
    add_consents(w, who);
    std::vector<double> tier_numbers;  // a missing number is NaN
    for (std::size_t i = 0; i < tiers.size(); ++i) tier_numbers.push_back(tier_known_[i] ? tiers[i] : missing);
    profiles_.add("hcp_id", std::move(codes), std::move(ids));
    profiles_.add("tier", std::move(tier_numbers));
    profiles_.add("score", std::move(scores));
    given.profiles = &profiles_.view();
    given.contacts = &contacts_;
    given.history = &history_;
    given.consents = &consents_.view();
  }
  tables(const tables&) = delete;
  tables& operator=(const tables&) = delete;

  recommend::inputs given;

 private:
  void add_consents(const world& w, const std::vector<std::size_t>& who) {
    std::vector<std::string> ids, channels, purposes;
    std::vector<std::int32_t> id, channel, purpose, granted, from, until;
    const auto text_of = [](std::vector<std::string>& names, const std::string& text) {
      const auto at = std::find(names.begin(), names.end(), text);
      if (at != names.end()) return static_cast<std::int32_t>(at - names.begin());
      names.push_back(text);
      return static_cast<std::int32_t>(names.size() - 1);
    };
    std::vector<std::string> dates;
    for (const std::size_t d : who)
      for (const statement& s : w.doctors[d].statements) {
        id.push_back(text_of(ids, w.doctors[d].id));
        channel.push_back(text_of(channels, s.channel));
        purpose.push_back(s.purpose == "promotion" && s.granted ? -1 : text_of(purposes, s.purpose));
        granted.push_back(s.granted);
        from.push_back(s.from ? text_of(dates, format_date(*s.from)) : -1);
        until.push_back(s.until ? text_of(dates, format_date(*s.until)) : -1);
      }
    consents_.add("hcp_id", std::move(id), std::move(ids));
    consents_.add("channel", std::move(channel), std::move(channels));
    consents_.add("purpose", std::move(purpose), std::move(purposes));
    consents_.add("granted", std::move(granted));
    consents_.add("from", std::move(from), dates);
    consents_.add("until", std::move(until), dates);
  }

  std::vector<bool> tier_known_;
  table profiles_, consents_;
  profile::contact_log contacts_;
  propensity::history history_;
};

inline std::vector<std::size_t> everybody(const world& w) {
  std::vector<std::size_t> who(w.doctors.size());
  for (std::size_t i = 0; i < who.size(); ++i) who[i] = i;
  return who;
}

inline recommend::engine engine_of(const world& w) {
  return recommend::make_engine(w.policy, w.channels, schema(), w.rates).value();
}

}  // namespace recommend_world

#endif
