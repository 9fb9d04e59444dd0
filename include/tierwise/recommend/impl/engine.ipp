#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>

#include <tierwise/recommend/engine.hpp>
#include <tierwise/recommend/impl/programs.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend {

TIERWISE_INLINE std::string_view name_of(stage s) noexcept {
  constexpr std::string_view names[] = {"available", "consent",        "eligible",    "applicable",
                                        "suitable",  "contact_policy", "value_floor", "arbitration"};
  return names[static_cast<std::size_t>(s)];
}

namespace detail {

void check_policy(const policy& what, const std::vector<profile::channel>& channels);  // check.ipp

/// Place of an id in a list; −1 if it is not there (or empty).
template <class List>
std::int32_t index_of(const List& list, std::string_view id) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i].id == id) return static_cast<std::int32_t>(i);
  return -1;
}

TIERWISE_INLINE bool lists(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Fills an engine whose policy has been checked.
class engine_builder {
 public:
  engine_builder(engine& out, const tag::schema& known) : out_(out), known_(known), policy_(out.policy) {}

  void build() {
    list_candidates();
    for (const candidate& c : out_.candidates) programs_.candidates.push_back(start(c));
    programs_.actions.resize(policy_.actions.size());
    available_stops();
    consent_stops();
    rule_stops();
    contact_stops();
    programs_.floor_stop = add_stop(stage::value_floor, "value_floor/floor");
    programs_.same_action_stop = add_stop(stage::arbitration, "arbitration/same_action");
    programs_.max_actions_stop = add_stop(stage::arbitration, "arbitration/max_actions");
    contexts();
    levers();
    out_.compiled = shared_value<engine::programs>(std::move(programs_));
  }

 private:
  void list_candidates() {
    for (std::size_t a = 0; a < policy_.actions.size(); ++a)
      for (const std::string& channel : policy_.actions[a].channels) {
        candidate c{static_cast<std::uint16_t>(a), static_cast<std::uint16_t>(index_of(out_.channels, channel)), -1};
        if (policy_.actions[a].contents.empty()) out_.candidates.push_back(c);
        for (const std::string& content : policy_.actions[a].contents) {
          c.content = index_of(policy_.contents, content);
          out_.candidates.push_back(c);
        }
      }
    const auto key = [this](const candidate& c) {
      return std::tuple<std::string_view, std::string_view, std::string_view>(
          policy_.actions[c.action].id, out_.channels[c.channel].id, content_id(c));
    };
    // std::string_view compares as unsigned bytes.
    std::sort(out_.candidates.begin(), out_.candidates.end(),
              [&](const candidate& a, const candidate& b) { return key(a) < key(b); });
  }

  std::string_view content_id(const candidate& c) const {
    return c.content < 0 ? std::string_view() : policy_.contents[static_cast<std::size_t>(c.content)].id;
  }

  candidate_program start(const candidate& c) const {
    candidate_program p;
    if (policy_.use.propensity) p.propensity = out_.propensity.of(c.action, c.channel).probability;
    if (policy_.use.value) p.value = policy_.actions[c.action].value;
    return p;
  }

  std::int32_t add_stop(stage at, std::string id) {
    out_.stops.push_back({at, std::move(id)});
    return static_cast<std::int32_t>(out_.stops.size() - 1);
  }

  /// Gives every candidate that `applies` to the stop.
  template <class Applies>
  void mark(std::int32_t candidate_program::*which, std::int32_t stop, const Applies& applies) {
    for (std::size_t c = 0; c < out_.candidates.size(); ++c)
      if (applies(out_.candidates[c])) programs_.candidates[c].*which = stop;
  }

  void available_stops() {
    for (std::size_t a = 0; a < policy_.actions.size(); ++a)
      if (policy_.actions[a].available != period{})
        mark(&candidate_program::action_stop, add_stop(stage::available, "available/" + policy_.actions[a].id),
             [a](const candidate& c) { return c.action == a; });
    for (std::size_t k = 0; k < policy_.contents.size(); ++k)
      if (policy_.contents[k].approved != period{})
        mark(&candidate_program::content_stop,
             add_stop(stage::available, "available/content/" + policy_.contents[k].id),
             [k](const candidate& c) { return c.content == static_cast<std::int32_t>(k); });
    for (std::size_t a = 0; a < policy_.actions.size(); ++a)
      if (!policy_.actions[a].in_stock)
        mark(&candidate_program::stock_stop, add_stop(stage::available, "available/stock/" + policy_.actions[a].id),
             [a](const candidate& c) { return c.action == a; });
  }

  void consent_stops() {
    for (std::size_t ch = 0; ch < out_.channels.size(); ++ch) {
      const profile::channel& channel = out_.channels[ch];
      const auto by = [ch](const candidate& c) { return c.channel == ch; };
      if (std::none_of(out_.candidates.begin(), out_.candidates.end(), by)) continue;
      // Who turns away is heard even where nobody has to be asked first.
      if (std::any_of(channel.depths.begin(), channel.depths.end(),
                      [](const profile::depth& d) { return d.revokes_consent; }))
        mark(&candidate_program::withdrawn_stop, add_stop(stage::consent, "consent/withdrawn/" + channel.id), by);
      if (!lists(policy_.consent_not_required, channel.id))
        mark(&candidate_program::consent_stop, add_stop(stage::consent, "consent/" + channel.id), by);
    }
  }

  /// The rule, read once for each distinct text.
  std::int32_t read_rule(const std::string& text, const std::string& path) {
    if (const auto found = rule_of_.find(text); found != rule_of_.end()) return found->second;
    auto read = tag::parse_rule(text, known_);
    if (!read) throw Error(read.error().code(), read.error().message(), {.path = "/recommend" + path, .column = {}});
    programs_.rules.push_back(std::move(read).value());
    return rule_of_[text] = static_cast<std::int32_t>(programs_.rules.size() - 1);
  }

  void rule_stops() {
    constexpr std::pair<stage, std::string action::*> kinds[] = {{stage::eligible, &action::eligible},
                                                                 {stage::applicable, &action::applicable},
                                                                 {stage::suitable, &action::suitable}};
    for (const auto& [at, text] : kinds)
      for (std::size_t a = 0; a < policy_.actions.size(); ++a) {
        const action& what = policy_.actions[a];
        if ((what.*text).empty()) continue;
        const std::string kind(name_of(at));
        action_program& program = programs_.actions[a];
        program.rules[program.rule_count++] = {read_rule(what.*text, "/actions/" + std::to_string(a) + "/" + kind),
                                               add_stop(at, kind + "/" + what.id)};
      }
  }

  std::int32_t group_of(std::string_view name) {
    return name.empty() ? -1 : group_of_.emplace(name, static_cast<std::int32_t>(group_of_.size())).first->second;
  }

  void add_limit(const scope& of, std::string id, std::int32_t max, std::int32_t days) {
    programs_.limits.push_back({add_stop(stage::contact_policy, std::move(id)), max, days,
                                index_of(out_.channels, of.channel), index_of(policy_.actions, of.action),
                                group_of(of.group)});
  }

  void contact_stops() {
    for (std::size_t a = 0; a < policy_.actions.size(); ++a)
      programs_.actions[a].group = group_of(policy_.actions[a].group);
    for (const gap& g : policy_.gaps) add_limit(g.of, "gap/" + g.id, 1, g.days);
    for (const cap& c : policy_.caps) add_limit(c.of, "cap/" + c.id, c.max, c.days);
    for (std::size_t c = 0; c < out_.candidates.size(); ++c) {
      const candidate& what = out_.candidates[c];
      programs_.candidates[c].limits.begin = programs_.candidate_limits.size();
      for (std::size_t l = 0; l < programs_.limits.size(); ++l) {
        const limit& rule = programs_.limits[l];
        if ((rule.channel < 0 || rule.channel == what.channel) && (rule.action < 0 || rule.action == what.action) &&
            (rule.group < 0 || rule.group == programs_.actions[what.action].group))
          programs_.candidate_limits.push_back(static_cast<std::int32_t>(l));
      }
      programs_.candidates[c].limits.end = programs_.candidate_limits.size();
    }
  }

  void contexts() {
    std::vector<std::int32_t> rule_of;
    for (std::size_t i = 0; i < policy_.contexts.size(); ++i)
      rule_of.push_back(read_rule(policy_.contexts[i].when, "/contexts/" + std::to_string(i) + "/when"));
    for (std::size_t a = 0; a < policy_.actions.size(); ++a) {
      range& own = programs_.actions[a].contexts;
      own.begin = programs_.contexts.size();
      for (std::size_t i = 0; policy_.use.context && i < policy_.contexts.size(); ++i) {
        const context& what = policy_.contexts[i];
        if (what.weight != 0 && (what.actions.empty() || lists(what.actions, policy_.actions[a].id)))
          programs_.contexts.push_back({rule_of[i], static_cast<std::int32_t>(i), what.weight});
      }
      own.end = programs_.contexts.size();
    }
  }

  void levers() {
    if (!policy_.use.lever) return;
    for (std::size_t a = 0; a < policy_.actions.size(); ++a) {
      const action& what = policy_.actions[a];
      double percent = 0;
      for (const lever& l : policy_.levers)
        if (l.name == (l.of == lever::kind::issue ? what.issue : l.of == lever::kind::group ? what.group : what.id))
          percent += l.percent;
      programs_.actions[a].lever = std::max(0.0, 1 + percent / 100);
    }
  }

  engine& out_;
  const tag::schema& known_;
  const policy& policy_;
  engine::programs programs_;
  std::unordered_map<std::string, std::int32_t> rule_of_;
  std::unordered_map<std::string_view, std::int32_t> group_of_;
};

TIERWISE_INLINE void check_rates(const propensity::pooled& rates, std::size_t actions, std::size_t channels) {
  const auto refuse = [](const char* message) {
    throw Error(errc::invalid_argument, message, {.path = {}, .column = "rates"});
  };
  if (rates.by_channel.size() != channels || rates.estimates.size() != actions * channels)
    refuse("were fitted for other actions or channels");
  for (const propensity::estimate& e : rates.estimates)
    if (!(e.probability >= 0 && e.probability <= 1)) refuse("a probability is not from 0 to 1");
}

}  // namespace detail

TIERWISE_INLINE result<engine> make_engine(policy what, std::vector<profile::channel> channels,
                                           const tag::schema& known, propensity::pooled rates) try {
  detail::check_policy(what, channels);
  detail::check_rates(rates, what.actions.size(), channels.size());
  engine out;
  out.policy = std::move(what);
  out.channels = std::move(channels);
  out.propensity = std::move(rates);
  detail::engine_builder(out, known).build();
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise
