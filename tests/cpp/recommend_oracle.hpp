// The decision for one doctor, written a second time from DESIGN section 5: slow, by names, sharing no code with the engine.
#ifndef TIERWISE_TESTS_RECOMMEND_ORACLE_HPP
#define TIERWISE_TESTS_RECOMMEND_ORACLE_HPP

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "recommend_world.hpp"

namespace recommend_oracle {

using namespace recommend_world;

using option = std::tuple<std::string, std::string, std::string>;  // action, channel, content

struct event {
  date on;
  std::string channel, action, group;  // action and group are empty for a contact
  bool is_contact, is_suggestion;  // a pick of today is both
};

struct chosen {
  option what;
  double priority, propensity, context, value, lever;
  date expires;
};

struct verdict {
  std::vector<chosen> picks;
  std::map<option, std::string> dropped;  // by which stop
};

inline const recommend::action& action_of(const world& w, const option& o) {
  for (const auto& a : w.policy.actions)
    if (a.id == std::get<0>(o)) return a;
  throw std::logic_error("no such action");
}

inline std::vector<option> options_of(const world& w) {
  std::vector<option> out;
  for (const auto& a : w.policy.actions)
    for (const auto& channel : a.channels) {
      if (a.contents.empty()) out.push_back({a.id, channel, ""});
      for (const auto& content : a.contents) out.push_back({a.id, channel, content});
    }
  std::sort(out.begin(), out.end());
  return out;
}

/// Everything that happened to a doctor by the day, one entry a contact or suggestion.
inline std::vector<event> events_of(const world& w, const doctor& d) {
  std::vector<event> out;
  for (const auto& c : d.contacts)
    for (int i = 0; i < c.count; ++i)
      if (c.on <= w.as_of) out.push_back({c.on, w.channels[c.channel].id, "", "", true, false});
  for (const auto& c : d.unplaced)
    out.push_back({c.on,
                   c.channel == profile::any_channel     ? "*"
                   : c.channel == profile::other_channel ? "?"
                                                         : w.channels[c.channel].id,
                   "", "", true, false});
  for (const auto& s : d.unplaced_suggestions) {
    const auto name = [](std::uint16_t place, const auto& known) {
      return place == propensity::any_name ? "*" : place == propensity::other_name ? "?" : known();
    };
    const std::string action = name(s.action, [&] { return w.policy.actions[s.action].id.c_str(); });
    out.push_back({s.on, name(s.channel, [&] { return w.channels[s.channel].id.c_str(); }), action,
                   name(s.action, [&] { return w.policy.actions[s.action].group.c_str(); }), false, true});
  }
  for (const auto& s : d.suggestions)
    if (s.on <= w.as_of)
      out.push_back({s.on, w.channels[s.channel].id, w.policy.actions[s.action].id, w.policy.actions[s.action].group,
                     false, true});
  return out;
}

inline event event_of(const world& w, const option& o) {
  return {w.as_of, std::get<1>(o), std::get<0>(o), action_of(w, o).group, true, true};
}

inline bool counts(const recommend::scope& of, const event& e) {
  const bool by_suggestion = !of.action.empty() || !of.group.empty();
  if (by_suggestion ? !e.is_suggestion : !e.is_contact) return false;
  return (of.channel.empty() || of.channel == e.channel || e.channel == "*") &&
         (of.action.empty() || of.action == e.action || e.action == "*") &&
         (of.group.empty() || of.group == e.group || e.group == "*");
}

/// How many events of a scope fall on the days first … last.
inline int count_days(const std::vector<event>& events, const recommend::scope& of, date first, date last) {
  int n = 0;
  for (const event& e : events)
    for (date day = first; day <= last; day = day + 1)
      if (e.on == day && counts(of, e)) ++n;
  return n;
}

/// The gap or cap that one more event today would break; empty if none.
inline std::string broken_limit(const world& w, const std::vector<event>& events, const option& o) {
  const event next = event_of(w, o);
  for (const auto& g : w.policy.gaps)
    if (counts(g.of, next))
      for (const event& e : events)
        if (counts(g.of, e) && w.as_of < e.on + g.days) return "gap/" + g.id;
  for (const auto& c : w.policy.caps)
    if (counts(c.of, next) && count_days(events, c.of, w.as_of - (c.days - 1), w.as_of) + 1 > c.max)
      return "cap/" + c.id;
  return "";
}

inline date since(const statement& s) { return s.from.value_or(date{-1'000'000}); }

/// The statement that holds on the day; null if there is none.
inline const statement* held(const world& w, const doctor& d, const std::string& channel) {
  const statement* last = nullptr;
  for (const statement& s : d.statements) {
    const bool ours = s.purpose == w.policy.consent_purpose;
    const bool unknown = !ours && (w.policy.other_purposes.empty() || w.policy.other_purposes[0] != s.purpose);
    if (s.channel != channel || !(ours || (unknown && !s.granted))) continue;
    if ((s.from && w.as_of < *s.from) || (s.until && *s.until < w.as_of)) continue;
    if (!last || since(*last) < since(s) || (since(*last) == since(s) && !s.granted)) last = &s;
  }
  return last;
}

inline bool consented(const world& w, const doctor& d, const std::string& channel) {
  for (const auto& free : w.policy.consent_not_required)
    if (free == channel) return true;
  const statement* last = held(w, d, channel);
  return last && last->granted;
}

inline bool turned_away(const world& w, const doctor& d, const std::string& channel) {
  const statement* last = held(w, d, channel);
  for (const profile::withdrawal& one : d.withdrawals)
    if (w.channels[one.channel].id == channel && one.on <= w.as_of && !(last && last->granted && one.on < since(*last)))
      return true;
  return false;
}

inline std::string early_stop(const world& w, const doctor& d, const option& o) {
  const auto& [id, channel, content] = o;
  const recommend::action& a = action_of(w, o);
  const auto outside = [&](const recommend::period& p) {
    return (p.from && w.as_of < *p.from) || (p.until && *p.until < w.as_of);
  };
  if (outside(a.available)) return "available/" + id;
  for (const auto& k : w.policy.contents)
    if (k.id == content && outside(k.approved)) return "available/content/" + content;
  if (!a.in_stock) return "available/stock/" + id;
  if (turned_away(w, d, channel)) return "consent/withdrawn/" + channel;
  if (!consented(w, d, channel)) return "consent/" + channel;
  if (!met(a.eligible, d)) return "eligible/" + id;
  if (!met(a.applicable, d)) return "applicable/" + id;
  if (!met(a.suitable, d)) return "suitable/" + id;
  return "";
}

inline chosen valued(const world& w, const doctor& d, const option& o) {
  const recommend::policy& p = w.policy;
  const recommend::action& a = action_of(w, o);
  chosen out{o, 0, 1, 1, 1, 1, w.as_of + p.valid_days};
  if (p.use.propensity)
    for (std::size_t i = 0; i < p.actions.size(); ++i)
      for (std::size_t c = 0; c < w.channels.size(); ++c)
        if (p.actions[i].id == a.id && w.channels[c].id == std::get<1>(o))
          out.propensity = w.rates.of(i, c).probability;
  double percent = 0;
  for (const auto& c : p.contexts)
    if (met(c.when, d) && (c.actions.empty() || std::find(c.actions.begin(), c.actions.end(), a.id) != c.actions.end()))
      percent += c.weight;
  if (p.use.context) out.context = 1 + percent / 100 < 0 ? 0 : 1 + percent / 100;
  if (p.use.value) out.value = a.value;
  percent = 0;
  for (const auto& l : p.levers) {
    using kind = recommend::lever::kind;
    if ((l.of == kind::issue && l.name == a.issue) || (l.of == kind::group && l.name == a.group) ||
        (l.of == kind::action && l.name == a.id))
      percent += l.percent;
  }
  if (p.use.lever) out.lever = 1 + percent / 100 < 0 ? 0 : 1 + percent / 100;
  out.priority = out.propensity * out.context * out.value * out.lever;
  if (a.available.until && *a.available.until < out.expires) out.expires = *a.available.until;
  for (const auto& k : p.contents)
    if (k.id == std::get<2>(o) && k.approved.until && *k.approved.until < out.expires) out.expires = *k.approved.until;
  return out;
}

inline verdict decide(const world& w, const doctor& d) {
  verdict out;
  std::vector<event> events = events_of(w, d);
  std::vector<chosen> live;
  for (const option& o : options_of(w)) {
    std::string stop = early_stop(w, d, o);
    if (stop.empty()) stop = broken_limit(w, events, o);
    const chosen c = valued(w, d, o);
    if (stop.empty() && c.priority < w.policy.floor) stop = "value_floor/floor";
    if (stop.empty())
      live.push_back(c);
    else
      out.dropped[o] = stop;
  }
  while (!live.empty() && static_cast<int>(out.picks.size()) < w.policy.max_actions) {
    std::stable_sort(live.begin(), live.end(), [](const chosen& a, const chosen& b) {
      return a.priority > b.priority || (a.priority == b.priority && a.what < b.what);
    });
    out.picks.push_back(live.front());
    events.push_back(event_of(w, live.front().what));
    std::vector<chosen> rest;
    for (std::size_t i = 1; i < live.size(); ++i) {
      std::string stop = broken_limit(w, events, live[i].what);
      if (stop.empty() && std::get<0>(live[i].what) == std::get<0>(out.picks.back().what))
        stop = "arbitration/same_action";
      if (stop.empty())
        rest.push_back(live[i]);
      else
        out.dropped[live[i].what] = stop;
    }
    live = rest;
  }
  for (const chosen& c : live) out.dropped[c.what] = "arbitration/max_actions";
  return out;
}

}  // namespace recommend_oracle

#endif
