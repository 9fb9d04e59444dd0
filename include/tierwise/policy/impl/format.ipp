// Policy → JSON, with every section written out and names in place of indices.

namespace tierwise::inline TIERWISE_ABI::policy::detail {

/// Adds a member unless it says nothing.
TIERWISE_INLINE void add_text(json& to, const char* key, const std::string& text) {
  if (!text.empty()) to[key] = text;
}
TIERWISE_INLINE void add_list(json& to, const char* key, const names& list) {
  if (!list.empty()) to[key] = list;
}

TIERWISE_INLINE json name(const std::string& en, const std::string& zh) {
  json out{{"en", en}};
  add_text(out, "zh", zh);
  return out;
}

TIERWISE_INLINE void add_period(json& to, const char* key, const recommend::period& p) {
  if (p.from) to[key]["from"] = format_date(*p.from);
  if (p.until) to[key]["until"] = format_date(*p.until);
}

TIERWISE_INLINE json format_attributes(const policy& p) {
  json out = json::object();
  for (const attribute& a : p.attributes) {
    json& to = out[a.name] = {{"type", tag::name_of(a.type)}, {"purpose", a.purpose}};
    add_text(to, "column", a.column);
  }
  return out;
}

TIERWISE_INLINE json format_mapping(const mapping& m) {
  json out = json::object(), hcps = json::object(), interactions = json::object();
  if (m.as_of) out["as_of"] = format_date(*m.as_of);
  add_text(hcps, "file", m.hcps_file);
  add_text(hcps, "hcp_id", m.hcps_id);
  const std::pair<const char*, const std::string*> texts[] = {{"file", &m.interactions_file},
                                                              {"event_id", &m.event_id},
                                                              {"hcp_id", &m.hcp_id},
                                                              {"date", &m.date},
                                                              {"channel", &m.channel},
                                                              {"depth", &m.depth},
                                                              {"constant_channel", &m.constant_channel},
                                                              {"first_month", &m.first_month}};
  for (const auto& [key, text] : texts) add_text(interactions, key, *text);
  const mapping nothing;
  const auto add_number = [&](const char* key, const std::string& column, const std::string& purpose) {
    if (purpose == nothing.count_purpose)
      add_text(interactions, key, column);
    else if (!column.empty())
      interactions[key] = {{"column", column}, {"purpose", purpose}};
  };
  add_number("count", m.count, m.count_purpose);
  add_number("quality", m.quality, m.quality_purpose);
  for (const auto& [text, channel] : m.channel_values) interactions["channel_values"][text] = channel;
  if (!hcps.empty()) out["hcps"] = hcps;
  if (!interactions.empty()) out["interactions"] = interactions;
  return out;
}

TIERWISE_INLINE json format_channels(const std::vector<profile::channel>& channels) {
  json out = json::object();
  for (const profile::channel& c : channels) {
    json depths = json::object();
    for (const profile::depth& d : c.depths) {
      json& to = depths[d.name] = number(d.weight);
      if (d.is_contact && !d.revokes_consent) continue;
      to = {{"weight", number(d.weight)}};
      if (!d.is_contact) to["is_contact"] = false;
      if (d.revokes_consent) to["revokes_consent"] = true;
    }
    out[c.id] = {{"name", name(c.name_en, c.name_zh)},
                 {"half_life_days", number(c.half_life_days)},
                 {"daily_limit", c.daily_limit},
                 {"depths", depths}};
  }
  return out;
}

TIERWISE_INLINE json format_profile(const policy& p) {
  json out{{"windows_days", p.profile.windows_days},
           {"measures", list_of(p.profile.measures, [&](const profile::measure& m) {
              json one{{"column", m.column}, {"window_days", m.window_days}};
              for (const auto& [column, purpose] : p.measure_purposes)
                if (column == m.column) one["purpose"] = purpose;
              return one;
            })}};
  for (const profile::topic& t : p.profile.topics) {
    json& to = out["topics"][t.id] = {{"name", name(t.name_en, t.name_zh)}, {"column", t.column}, {"values", t.values}};
    if (t.separator != 0) to["separator"] = std::string(1, t.separator);
  }
  if (!p.profile.trend_windows_days.empty()) out["trend_windows_days"] = p.profile.trend_windows_days;
  return out;
}

TIERWISE_INLINE json format_grid(const segment::term& t) {
  json out{{"by", t.by}};
  if (t.by_dict != segment::dictionary::none) out["by_dictionary"] = segment::name_of(t.by_dict);
  for (const segment::grid_cell& cell : t.grid) out["table"][cell.text][cell.by_text] = number(cell.points);
  return out;
}

TIERWISE_INLINE json format_term(const segment::term& t) {
  json out{{"column", t.column}, {"weight", number(t.weight)}};
  switch (t.how) {
    case segment::transform::linear: out["linear"] = {number(t.low), number(t.high)}; break;
    case segment::transform::log: out["log"] = {number(t.low), number(t.high)}; break;
    case segment::transform::capped: out["capped"] = number(t.high); break;
    case segment::transform::piecewise:
      out["piecewise"] = list_of(t.knots, [](const auto& knot) {
        return json::array({number(knot.first), number(knot.second)});
      });
      break;
    case segment::transform::lookup:
      for (const auto& [text, points] : t.lookup) out["lookup"][text] = number(points);
      break;
    case segment::transform::grid: out["grid"] = format_grid(t); break;
  }
  if (t.dict != segment::dictionary::none) out["dictionary"] = segment::name_of(t.dict);
  if (t.out_of != 1) out["out_of"] = number(t.out_of);
  if (t.missing_as) out["missing"] = number(*t.missing_as);
  return out;
}

TIERWISE_INLINE json format_scorecard(const segment::scorecard& card) {
  json out{{"terms", list_of(card.terms, [](const segment::term& t) { return format_term(t); })},
           {"min_coverage", number(card.min_coverage)}};
  if (card.out_of != 100) out["out_of"] = number(card.out_of);
  return out;
}

TIERWISE_INLINE json format_cuts(const segment::cuts& cuts, const names& steps, bool with_unknown) {
  json out{{"how", kinds_of_cuts[static_cast<std::size_t>(cuts.how)]}};
  if (cuts.how != segment::cuts::kind::natural_breaks) {
    json& floors = out["floors"] = json::object();
    for (std::size_t i = 0; i < cuts.floors.size(); ++i) floors[steps[i]] = number(cuts.floors[i]);
  }
  if (!cuts.strata.empty()) {
    out["strata"] = cuts.strata;
    out["min_stratum"] = cuts.min_stratum;
  }
  if (with_unknown) out["unknown_as"] = steps[cuts.unknown_as];
  return out;
}

TIERWISE_INLINE json format_cell(const segment::scheme& s, std::size_t cell) {
  const std::size_t identities = s.identity_levels.size(), engagements = s.engagement_levels.size();
  return {{"grade", s.grades[cell / engagements / identities]},
          {"identity", s.identity_levels[cell / engagements % identities]},
          {"engagement", s.engagement_levels[cell % engagements]}};
}

/// One row for each profile type and tier whose cells are all combinations of some grades, identities and engagements (as people
/// write the table); otherwise a row a cell.
TIERWISE_INLINE json format_table(const segment::scheme& s) {
  json out = json::array();
  std::vector<bool> done(s.cells.size());
  for (std::size_t first = 0; first < s.cells.size(); ++first) {
    if (done[first]) continue;
    names grades, identities, engagements;
    std::vector<std::size_t> same;
    for (std::size_t cell = first; cell < s.cells.size(); ++cell) {
      if (s.cells[cell] != s.cells[first]) continue;
      same.push_back(cell);
      const json at = format_cell(s, cell);
      const auto add = [](names& all, const std::string& text) {
        if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
      };
      add(grades, at["grade"]), add(identities, at["identity"]), add(engagements, at["engagement"]);
    }
    const auto row = [&](const json& grade, const json& identity, const json& engagement) {
      out.push_back({{"grade", grade},
                     {"identity", identity},
                     {"engagement", engagement},
                     {"profile_type", s.profile_types[s.cells[first].profile_type]},
                     {"tier", s.cells[first].tier}});
    };
    if (same.size() == grades.size() * identities.size() * engagements.size()) {
      row(grades, identities, engagements);
    } else {
      for (const std::size_t cell : same) {
        const json at = format_cell(s, cell);
        row(json::array({at["grade"]}), json::array({at["identity"]}), json::array({at["engagement"]}));
      }
    }
    for (const std::size_t cell : same) done[cell] = true;
  }
  return out;
}

TIERWISE_INLINE json format_potential(const segment::potential& p, const names& grades) {
  json out = json::object();
  if (!p.volume.empty()) {
    out["volume"] = p.volume;
    out["cuts"] = format_cuts(p.cuts, grades, false);
  }
  if (!p.card.terms.empty()) {
    out["card"] = format_scorecard(p.card);
    out["card_cuts"] = format_cuts(p.card_cuts, grades, false);
  }
  out["unknown_as"] = grades[p.unknown_as];
  return out;
}

TIERWISE_INLINE json format_engagement(const segment::policy& p) {
  json out = json::object();
  if (!p.engagement_card.terms.empty()) {
    out = format_scorecard(p.engagement_card);
  } else {
    if (p.engagement.s0 > 0) out["s0"] = number(p.engagement.s0);
    out["s0_quantile"] = number(p.engagement.s0_quantile);
    out["min_coverage"] = number(p.engagement.min_coverage);
  }
  out["cuts"] = format_cuts(p.engagement_cuts, p.scheme.engagement_levels, true);
  return out;
}

TIERWISE_INLINE json format_segment(const segment::policy& p) {
  const segment::scheme& s = p.scheme;
  json out = json::object();
  if (s.grades.size() > 1 || !p.potential.volume.empty() || !p.potential.card.terms.empty())
    out["potential"] = format_potential(p.potential, s.grades);
  if (!p.identity.terms.empty()) {
    out["identity"] = format_scorecard(p.identity);
    out["identity"]["cuts"] = format_cuts(p.identity_cuts, s.identity_levels, true);
  }
  if (p.engagement.used) out["engagement"] = format_engagement(p);
  const json levels = s.identity_levels == s.engagement_levels
                          ? json(s.identity_levels)
                          : json{{"identity", s.identity_levels}, {"engagement", s.engagement_levels}};
  const json waive = list_of(s.waived, [&](const auto& pair) {
    return json{{"better", format_cell(s, pair.first)}, {"worse", format_cell(s, pair.second)}};
  });
  out["tiers"] = {{"grades", s.grades},       {"levels", levels},         {"profile_types", s.profile_types},
                  {"resources", s.resources}, {"table", format_table(s)}, {"waive", waive}};
  if (!p.efforts.empty())
    out["efforts"] = list_of(p.efforts, [](const segment::effort& e) {
      return json{
          {"id", e.id}, {"column", e.column}, {"step", number(e.step)}, {"cost", number(e.cost)}, {"most", e.most}};
    });
  if (p.allocation) out["allocation"] = format_allocation(*p.allocation);
  if (p.exploratory) out["exploratory"] = format_exploratory(*p.exploratory);
  out["stability"] = format_stability(p.stability);
  out["movers"] = format_movers(p.movers);
  return out;
}

TIERWISE_INLINE json format_tags(const std::vector<tag::definition>& tags) {
  const tag::definition nothing;
  return list_of(tags, [&](const tag::definition& t) {
    json out{{"id", t.id}, {"name", name(t.name_en, t.name_zh)}, {"layer", tag::name_of(t.in)}};
    if (t.source != nothing.source) out["source"] = tag::name_of(t.source);
    if (t.of != nothing.of) out["of"] = tag::name_of(t.of);
    add_text(out, "rule", t.rule);
    add_text(out, "group", t.group);
    if (t.purpose != nothing.purpose) out["purpose"] = t.purpose;
    add_text(out, "owner", t.owner);
    if (t.lives_days != nothing.lives_days) out["lives_days"] = t.lives_days;
    if (t.version != nothing.version) out["version"] = t.version;
    return out;
  });
}

TIERWISE_INLINE json format_tag_groups(const std::vector<tag::group>& groups) {
  return list_of(groups, [](const tag::group& g) {
    return json{
        {"id", g.id}, {"name", name(g.name_en, g.name_zh)}, {"exclusive", g.exclusive}, {"complete", g.complete}};
  });
}

TIERWISE_INLINE json format_scope(const recommend::scope& of) {
  json out = json::object();
  add_text(out, "channel", of.channel);
  add_text(out, "action", of.action);
  add_text(out, "group", of.group);
  return out;
}

TIERWISE_INLINE json format_action(const recommend::action& a) {
  json out{{"id", a.id},
           {"name", name(a.name_en, a.name_zh)},
           {"issue", a.issue},
           {"group", a.group},
           {"channels", a.channels}};
  add_list(out, "contents", a.contents);
  out["value"] = number(a.value);
  add_period(out, "available", a.available);
  if (!a.in_stock) out["in_stock"] = false;
  add_text(out, "eligible", a.eligible);
  add_text(out, "applicable", a.applicable);
  add_text(out, "suitable", a.suitable);
  return out;
}

TIERWISE_INLINE json format_recommend(const recommend::policy& p) {
  const char* const kinds[] = {"issue", "group", "action"};
  json out = json::object();
  out["contents"] = list_of(p.contents, [](const recommend::content& c) {
    json to{{"id", c.id}, {"name", name(c.name_en, c.name_zh)}};
    add_period(to, "approved", c.approved);
    add_list(to, "tags", c.tags);
    return to;
  });
  out["actions"] = list_of(p.actions, [](const recommend::action& a) { return format_action(a); });
  out["consent"] = {{"purpose", p.consent_purpose}, {"not_required", p.consent_not_required}};
  add_list(out["consent"], "other_purposes", p.other_purposes);
  out["caps"] = list_of(p.caps, [](const recommend::cap& c) {
    return json{{"id", c.id}, {"of", format_scope(c.of)}, {"max", c.max}, {"days", c.days}};
  });
  out["gaps"] = list_of(p.gaps, [](const recommend::gap& g) {
    return json{{"id", g.id}, {"of", format_scope(g.of)}, {"days", g.days}};
  });
  out["contexts"] = list_of(p.contexts, [](const recommend::context& c) {
    json to{{"id", c.id}, {"when", c.when}};
    add_list(to, "actions", c.actions);
    to["weight"] = number(c.weight);
    return to;
  });
  out["levers"] = list_of(p.levers, [&](const recommend::lever& l) {
    return json{{"of", kinds[static_cast<std::size_t>(l.of)]}, {"name", l.name}, {"percent", number(l.percent)}};
  });
  out["factors"] = {
      {"propensity", p.use.propensity}, {"context", p.use.context}, {"value", p.use.value}, {"lever", p.use.lever}};
  out["floor"] = number(p.floor);
  out["max_actions"] = p.max_actions;
  out["valid_days"] = p.valid_days;
  return out;
}

TIERWISE_INLINE json format_policy(const policy& p) {
  json out{{"policy", "tierwise/1"}, {"name", p.name}, {"description", p.description}};
  out["attributes"] = format_attributes(p);
  out["forbidden_purposes"] = p.forbidden_purposes;
  out["input"] = format_mapping(p.mapping);
  out["channels"] = format_channels(p.profile.channels);
  out["profile"] = format_profile(p);
  out["segment"] = format_segment(p.segment);
  if (!p.tag_groups.empty()) out["tag_groups"] = format_tag_groups(p.tag_groups);
  out["tags"] = format_tags(p.tags);
  out["propensity"] = {{"prior_rate", number(p.propensity.prior_rate)},
                       {"whole_strength", number(p.propensity.whole_strength)},
                       {"channel_strength", number(p.propensity.channel_strength)},
                       {"action_strength", number(p.propensity.action_strength)}};
  out["recommend"] = format_recommend(p.recommend);
  return out;
}

}  // namespace tierwise
