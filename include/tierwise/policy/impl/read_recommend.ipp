// Sections propensity and recommend: catalogue, consent, contact policy, arbitration.

namespace tierwise::inline TIERWISE_ABI::policy::detail {

TIERWISE_INLINE void read_propensity(const value& in, propensity::options& out) {
  in.object([&](object& o) {
    o.required("prior_rate").number(out.prior_rate, share);
    o.required("whole_strength").number(out.whole_strength, positive);
    o.required("channel_strength").number(out.channel_strength, positive);
    o.required("action_strength").number(out.action_strength, positive);
  });
}

/// Reads a list of objects that have an id of their own, which is not the word `taken`; body(object, entry).
template <class T, class Body>
void read_entries(const value& in, std::vector<T>& out, const Body& body, std::string_view taken = {}) {
  names ids;
  in.list([&](const value& item) {
    T entry;
    item.object([&](object& o) {
      const value id = o.required("id");
      if (id.identifier(entry.id) && is_free(id, entry.id, taken)) add_unique(ids, entry.id, id);
      body(o, entry);
    });
    out.push_back(std::move(entry));
  });
}

/// The names that the parts of `recommend` refer to.
struct catalogue {
  names channels, content_tags, contents, actions, issues, groups;

  static void add(names& all, const std::string& name) {
    if (!name.empty() && std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  }
};

TIERWISE_INLINE void read_action(object& o, const catalogue& known, rules& reader, recommend::action& out) {
  read_name(o.required("name"), out.name_en, out.name_zh);
  o.required("issue").identifier(out.issue);
  o.required("group").identifier(out.group);
  read_names(
      o.required("channels"), out.channels,
      [&](const value& item, std::string& id) { return item.name_of(id, known.channels, "channel"); }, 1);
  read_names(o.optional("contents"), out.contents,
             [&](const value& item, std::string& id) { return item.name_of(id, known.contents, "content"); });
  o.required("value").number(out.value, positive);
  read_period(o.optional("available"), out.available);
  o.optional("in_stock").boolean(out.in_stock);
  reader.read(o.optional("eligible"), out.eligible);
  reader.read(o.optional("applicable"), out.applicable);
  reader.read(o.optional("suitable"), out.suitable);
}

TIERWISE_INLINE void read_scope(const value& in, const catalogue& known, recommend::scope& out) {
  in.object([&](object& o) {
    o.optional("channel").name_of(out.channel, known.channels, "channel");
    o.optional("action").name_of(out.action, known.actions, "action");
    o.optional("group").name_of(out.group, known.groups, "group");
  });
}

TIERWISE_INLINE void read_lever(object& o, const catalogue& known, recommend::lever& out) {
  std::size_t kind = 0;
  const value name = o.required("name");
  o.required("percent").number(out.percent, {-100, 10'000});
  if (!o.required("of").one_of(kind, {"issue", "group", "action"})) return;
  out.of = static_cast<recommend::lever::kind>(kind);
  if (kind == 0) name.name_of(out.name, known.issues, "issue");
  if (kind == 1) name.name_of(out.name, known.groups, "group");
  if (kind == 2) name.name_of(out.name, known.actions, "action");
}

TIERWISE_INLINE void read_catalogue(object& o, catalogue& known, rules& reader, recommend::policy& out) {
  read_entries(
      o.required("contents"), out.contents,
      [&](object& c, recommend::content& entry) {
        read_name(c.required("name"), entry.name_en, entry.name_zh);
        read_period(c.optional("approved"), entry.approved);
        read_names(c.optional("tags"), entry.tags, [&](const value& item, std::string& id) {
          return item.name_of(id, known.content_tags, "tag of contents");
        });
      },
      "none");
  for (const auto& c : out.contents) catalogue::add(known.contents, c.id);
  read_entries(
      o.required("actions"), out.actions,
      [&](object& a, recommend::action& entry) { read_action(a, known, reader, entry); }, "do_nothing");
  for (const auto& a : out.actions) {
    catalogue::add(known.actions, a.id);
    catalogue::add(known.issues, a.issue);
    catalogue::add(known.groups, a.group);
  }
}

TIERWISE_INLINE void read_recommend(const value& in, rules& reader, policy& of) {
  recommend::policy& out = of.recommend;
  catalogue known;
  for (const auto& c : of.profile.channels) known.channels.push_back(c.id);
  for (const auto& t : of.tags)
    if (t.of != tag::subject::doctor) known.content_tags.push_back(t.id);
  const auto channel = [&](const value& item, std::string& id) { return item.name_of(id, known.channels, "channel"); };
  const auto action = [&](const value& item, std::string& id) { return item.name_of(id, known.actions, "action"); };
  in.object([&](object& o) {
    read_catalogue(o, known, reader, out);
    o.required("consent").object([&](object& c) {
      c.optional("purpose").text(out.consent_purpose);
      const value others = c.optional("other_purposes");
      read_names(others, out.other_purposes, [&](const value& item, std::string& text) {
        if (!item.text(text)) return false;
        if (text == out.consent_purpose)
          item.fail(errc::policy_duplicate_name, "this is the purpose that a consent must be for");
        return text != out.consent_purpose;
      });
      read_names(c.optional("not_required"), out.consent_not_required, channel);
    });
    read_entries(o.required("caps"), out.caps, [&](object& c, recommend::cap& entry) {
      read_scope(c.required("of"), known, entry.of);
      c.required("max").integer(entry.max, 0, 1'000'000);
      c.required("days").integer(entry.days, 1, 36'500);
    });
    read_entries(o.required("gaps"), out.gaps, [&](object& g, recommend::gap& entry) {
      read_scope(g.required("of"), known, entry.of);
      g.required("days").integer(entry.days, 1, 36'500);
    });
    read_entries(o.required("contexts"), out.contexts, [&](object& c, recommend::context& entry) {
      reader.read(c.required("when"), entry.when);
      read_names(c.optional("actions"), entry.actions, action);
      c.required("weight").number(entry.weight, {-100, 10'000});
    });
    o.required("levers").list([&](const value& item) {
      recommend::lever l;
      item.object([&](object& lever) { read_lever(lever, known, l); });
      for (const recommend::lever& other : out.levers)
        if (!l.name.empty() && other.of == l.of && other.name == l.name)
          item.fail(errc::policy_duplicate_name, "this already has a lever");
      out.levers.push_back(std::move(l));
    });
    o.required("factors").object([&](object& f) {
      f.optional("propensity").boolean(out.use.propensity);
      f.optional("context").boolean(out.use.context);
      f.optional("value").boolean(out.use.value);
      f.optional("lever").boolean(out.use.lever);
    });
    o.required("floor").number(out.floor, {0, 1e9});
    o.required("max_actions").integer(out.max_actions, 1, 1000);
    o.required("valid_days").integer(out.valid_days, 1, 36'500);
  });
}

}  // namespace tierwise
