// Sections attributes, forbidden_purposes, input, channels and profile: what comes in, and what is computed from it.

namespace tierwise::inline TIERWISE_ABI::policy::detail {

TIERWISE_INLINE void read_attributes(const value& in, std::vector<attribute>& out) {
  const names types{"boolean", "number", "text", "date"};
  in.members([&](const std::string& name, const value& member) {
    attribute a;
    std::size_t type = 1;
    const bool named = member.is_identifier(name);
    a.name = name;
    member.object([&](object& o) {
      o.required("type").one_of(type, types);
      o.optional("purpose").text(a.purpose);
      o.optional("column").text(a.column);
    });
    a.type = static_cast<tag::value_type>(type);
    if (named) out.push_back(std::move(a));
  });
}

TIERWISE_INLINE void read_channel(object& o, profile::channel& out) {
  read_name(o.required("name"), out.name_en, out.name_zh);
  o.optional("half_life_days").number(out.half_life_days, {0.1, 36500});
  o.optional("daily_limit").integer(out.daily_limit, 0, 1'000'000);
  o.required("depths").members(
      [&](const std::string& name, const value& in) {
        profile::depth d;
        d.name = name;
        if (name.empty()) in.fail(errc::policy_out_of_range, "expected a name that is not empty");
        const range points{-1e6, 1e6};
        if (in.is_number())
          in.number(d.weight, points);
        else
          in.object([&](object& of) {
            of.required("weight").number(d.weight, points);
            of.optional("is_contact").boolean(d.is_contact);
            of.optional("revokes_consent").boolean(d.revokes_consent);
          });
        out.depths.push_back(std::move(d));
      },
      1);
}

TIERWISE_INLINE void read_channels(const value& in, std::vector<profile::channel>& out) {
  in.members(
      [&](const std::string& id, const value& member) {
        profile::channel c;
        c.id = id;
        const bool named = member.is_identifier(id) && is_free(member, id, "none");
        member.object([&](object& o) { read_channel(o, c); });
        if (named) out.push_back(std::move(c));
      },
      1);
}

TIERWISE_INLINE bool check_purpose(const value& at, const std::string& purpose, const policy& of) {
  const bool bad =
      std::find(of.forbidden_purposes.begin(), of.forbidden_purposes.end(), purpose) != of.forbidden_purposes.end();
  if (bad) at.fail(errc::policy_forbidden_purpose, "this policy forbids the purpose " + in_quotes(purpose));
  return !bad;
}

/// What a column of the contacts is held for, whichever of its sums says so.
TIERWISE_INLINE std::string purpose_of_measure(const policy& of, const std::string& column) {
  for (const auto& [name, purpose] : of.measure_purposes)
    if (name == column) return purpose;
  return attribute().purpose;
}

TIERWISE_INLINE void read_measures(const value& in, policy& out) {
  const profile::measure first{};
  std::vector<std::pair<value, std::string>> without_purpose;  // entries and their columns
  in.list([&](const value& item) {
    profile::measure m = first;
    item.object([&](object& o) {
      o.required("column").identifier(m.column);
      o.optional("window_days").integer(m.window_days, 1, 36'500);
      std::string purpose;
      const value given = o.optional("purpose");
      if (!given && !m.column.empty()) without_purpose.emplace_back(item, m.column);
      if (!given.text(purpose)) return;
      const auto same = std::find_if(out.measure_purposes.begin(), out.measure_purposes.end(),
                                     [&](const auto& p) { return p.first == m.column; });
      if (same == out.measure_purposes.end())
        out.measure_purposes.emplace_back(m.column, purpose);
      else if (same->second != purpose)
        given.fail(errc::policy_duplicate_name, "this column already has the purpose " + in_quotes(same->second));
      check_purpose(given, purpose, out);
    });
    if (std::find(out.profile.measures.begin(), out.profile.measures.end(), m) != out.profile.measures.end())
      item.fail(errc::policy_duplicate_name, "this column is already summed over this window");
    else if (!m.column.empty())
      out.profile.measures.push_back(std::move(m));
  });
  std::sort(out.measure_purposes.begin(), out.measure_purposes.end());
  // Only now is it known what is meant where an entry names no purpose.
  for (const auto& [entry, column] : without_purpose) check_purpose(entry, purpose_of_measure(out, column), out);
}

TIERWISE_INLINE void read_topics(const value& in, std::vector<profile::topic>& out) {
  out.clear();
  in.members([&](const std::string& id, const value& member) {
    profile::topic t;
    t.id = id;
    const bool named = member.is_identifier(id);
    member.object([&](object& o) {
      read_name(o.required("name"), t.name_en, t.name_zh);
      o.required("column").text(t.column);
      read_names(
          o.required("values"), t.values, [](const value& item, std::string& text) { return item.text(text); }, 1);
      std::string separator;
      const value given = o.optional("separator");
      if (given.text(separator)) {
        if (separator.size() != 1)
          given.fail(errc::policy_out_of_range, "expected one character of ASCII, as in \"|\"");
        else
          t.separator = separator[0];
      }
    });
    if (named) out.push_back(std::move(t));
  });
  if (out.size() > 64) in.fail(errc::policy_out_of_range, "at most 64 topics");
}

TIERWISE_INLINE void read_profile(const value& in, policy& out) {
  in.object([&](object& o) {
    const auto read_windows = [](const value& list, std::int32_t least, std::vector<std::int32_t>& all) {
      all.clear();
      list.list([&](const value& item) {
        std::int32_t days = 0;
        if (!item.integer(days, least, 36'500)) return;
        if (std::find(all.begin(), all.end(), days) != all.end())
          item.fail(errc::policy_duplicate_name, "this window is already there");
        else
          all.push_back(days);
      });
    };
    read_windows(o.required("windows_days"), 1, out.profile.windows_days);
    read_windows(o.optional("trend_windows_days"), 2, out.profile.trend_windows_days);
    read_measures(o.required("measures"), out);
    read_topics(o.optional("topics"), out.profile.topics);
  });
}

TIERWISE_INLINE bool is_month(std::string_view text) {
  return text.size() == 7 && parse_date(std::string(text) + "-01").has_value();
}

/// A column of the contacts that holds numbers: its name, or {"column": …, "purpose": …}.
TIERWISE_INLINE void read_number_column(const value& in, std::string& column, std::string& purpose, const policy& of) {
  if (!in.is_object()) {
    if (in.text(column)) check_purpose(in, purpose, of);
    return;
  }
  in.object([&](object& o) {
    o.required("column").text(column);
    const value given = o.optional("purpose");
    if (!given || given.text(purpose)) check_purpose(given ? given : in, purpose, of);
  });
}

TIERWISE_INLINE void read_mapping(const value& in, policy& of) {
  mapping& out = of.mapping;
  names ids;
  for (const auto& c : of.profile.channels) ids.push_back(c.id);
  in.object([&](object& o) {
    o.optional("as_of").date(out.as_of);
    o.optional("hcps").object([&](object& h) {
      h.optional("file").text(out.hcps_file);
      h.optional("hcp_id").text(out.hcps_id);
    });
    o.optional("interactions").object([&](object& i) {
      i.optional("file").text(out.interactions_file);
      i.optional("event_id").text(out.event_id);
      i.optional("hcp_id").text(out.hcp_id);
      i.optional("date").text(out.date);
      i.optional("channel").text(out.channel);
      i.optional("depth").text(out.depth);
      read_number_column(i.optional("count"), out.count, out.count_purpose, of);
      read_number_column(i.optional("quality"), out.quality, out.quality_purpose, of);
      const value constant = i.optional("constant_channel");
      if (constant.name_of(out.constant_channel, ids, "channel") && !out.channel.empty())
        constant.fail(errc::policy_out_of_range, "give either \"channel\" or \"constant_channel\"");
      i.optional("channel_values").members([&](const std::string& text, const value& member) {
        std::string id;
        if (member.name_of(id, ids, "channel")) out.channel_values.emplace_back(text, id);
      });
      const value month = i.optional("first_month");
      if (month.text(out.first_month) && !is_month(out.first_month))
        month.fail(errc::policy_out_of_range, "expected a month as YYYY-MM, not " + in_quotes(out.first_month));
    });
  });
}

}  // namespace tierwise
