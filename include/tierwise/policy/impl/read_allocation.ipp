// Section segment.allocation: what each tier gets and what channels can give; read and written. Numbers are checked by
// segment::check.

namespace tierwise::inline TIERWISE_ABI::policy::detail {

/// An object with the ids of channels for keys: body(id, value, channel) for each.
template <class Body>
void read_by_channel(const value& in, const names& known, std::string_view what, const Body& body) {
  in.members([&](const std::string& id, const value& member) {
    if (std::find(known.begin(), known.end(), id) == known.end())
      member.fail(errc::policy_unknown_name,
                  std::string("there is no ").append(what).append(" ") + in_quotes(id) + did_you_mean(id, known));
    else
      body(id, member);
  });
}

TIERWISE_INLINE void read_planned_channel(object& o, segment::channel_capacity& out) {
  o.required("cost").number(out.cost, finite);
  o.optional("capacity").number(out.capacity, finite);
}

TIERWISE_INLINE void read_plan(object& o, const names& planned, segment::tier_plan& out) {
  o.required("contacts").number(out.contacts, finite);
  const value mix = out.contacts > 0 ? o.required("mix") : o.optional("mix");
  read_by_channel(mix, planned, "channel in \"channels\" of the allocation named",
                  [&](const std::string& id, const value& member) {
                    double part = 0;
                    if (member.number(part, {0, 1, true})) out.mix.push_back({id, part});
                  });
  o.optional("budget").number(out.budget, finite);
}

TIERWISE_INLINE void read_allocation(const value& in, const std::vector<profile::channel>& channels, std::size_t tiers,
                                     segment::allocation& out) {
  names known, planned;
  for (const profile::channel& c : channels) known.push_back(c.id);
  in.object([&](object& o) {
    o.optional("period_days").integer(out.period_days, 1, 3660);
    read_by_channel(o.required("channels"), known, "channel", [&](const std::string& id, const value& member) {
      segment::channel_capacity c{id};
      member.object([&](object& channel) { read_planned_channel(channel, c); });
      planned.push_back(id);
      out.channels.push_back(std::move(c));
    });
    const value plans = o.required("tiers");
    if (tiers == 0) return;  // the scheme could not be read, and that was said
    const bool read = plans.list([&](const value& item) {
      segment::tier_plan plan;
      item.object([&](object& p) { read_plan(p, planned, plan); });
      out.tiers.push_back(std::move(plan));
    });
    if (read && out.tiers.size() != tiers)
      plans.fail(errc::policy_incomplete_table, std::string("expected a plan for each of ")
                                                    .append(std::to_string(tiers))
                                                    .append(" tiers, found ")
                                                    .append(std::to_string(out.tiers.size())));
  });
}

TIERWISE_INLINE json format_allocation(const segment::allocation& a) {
  json channels = json::object();
  for (const segment::channel_capacity& c : a.channels) {
    json& to = channels[c.channel] = {{"cost", number(c.cost)}};
    if (c.capacity != segment::no_limit) to["capacity"] = number(c.capacity);
  }
  return {{"period_days", a.period_days},
          {"channels", std::move(channels)},
          {"tiers", list_of(a.tiers, [](const segment::tier_plan& plan) {
             json out{{"contacts", number(plan.contacts)}};
             for (const segment::channel_share& s : plan.mix) out["mix"][s.channel] = number(s.share);
             if (plan.budget != segment::no_limit) out["budget"] = number(plan.budget);
             return out;
           })}};
}

}  // namespace tierwise
