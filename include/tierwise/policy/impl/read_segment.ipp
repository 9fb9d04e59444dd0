// Section segment: scores, cuts, and the table of tiers. Names are turned into the indices of segment::policy.

namespace tierwise::inline TIERWISE_ABI::policy::detail {

/// The columns that scores may read, and the faults of reading one.
struct columns {
  const policy& of;
  std::vector<tag::symbol> known;

  bool read(const value& in, std::string& out, bool text) const {
    names all;
    for (const tag::symbol& s : known) all.push_back(s.name);
    if (!in.name_of(out, all, "column")) return false;
    const auto type =
        std::find_if(known.begin(), known.end(), [&](const tag::symbol& s) { return s.name == out; })->type;
    const bool fits =
        text ? type == tag::value_type::text : type == tag::value_type::number || type == tag::value_type::boolean;
    if (!fits)
      in.fail(errc::policy_wrong_type, std::string("expected a column of ") + (text ? "text" : "numbers") + ", and " +
                                           in_quotes(out) + " is of type " + std::string(tag::name_of(type)));
    check_purpose(in, out);
    return fits;
  }

  void check_purpose(const value& in, const std::string& column) const {
    for (const attribute& a : of.attributes)
      if (a.name == column && std::find(of.forbidden_purposes.begin(), of.forbidden_purposes.end(), a.purpose) !=
                                  of.forbidden_purposes.end())
        in.fail(errc::policy_forbidden_purpose,
                "this reads " + in_quotes(column) + ", whose purpose " + in_quotes(a.purpose) + " this policy forbids");
  }
};

/// {"A": 8, "B": 5, …}: one number for each name but the last, falling.
template <class Number>
void read_floors(const value& in, const names& steps, range allowed, std::vector<Number>& out) {
  out.clear();
  in.object([&](object& o) {
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
      const value step = o.required(steps[i]);
      double floor = 0;
      if (std::is_integral_v<Number>) {
        int whole = 0;
        if (!step.integer(whole, static_cast<std::int64_t>(allowed.low), static_cast<std::int64_t>(allowed.high)))
          continue;
        floor = whole;
      } else if (!step.number(floor, allowed)) {
        continue;
      }
      if (!out.empty() && floor >= static_cast<double>(out.back()))
        step.fail(errc::policy_out_of_range, "floors fall from best to worst, so expected less than " +
                                                 decimal(static_cast<double>(out.back())) + ", not " + decimal(floor));
      out.push_back(static_cast<Number>(floor));
    }
  });
}

TIERWISE_INLINE void read_unknown_as(const value& in, const names& steps, std::uint8_t& out) {
  std::size_t step = 0;
  if (in.one_of(step, steps)) out = static_cast<std::uint8_t>(step);
}

TIERWISE_INLINE void read_cuts(const value& in, const names& levels, segment::cuts& out) {
  in.object([&](object& o) {
    std::size_t how = 0;
    o.optional("how").one_of(how, {"fixed", "quantile"});
    out.how = static_cast<segment::cuts::kind>(how);
    read_floors(o.required("floors"), levels,
                out.how == segment::cuts::kind::fixed ? range{0, 100, true} : range{0, 1, true}, out.floors);
    read_unknown_as(o.required("unknown_as"), levels, out.unknown_as);
  });
}

TIERWISE_INLINE void read_bounds(const value& in, segment::term& out) {
  std::vector<double> bounds;
  if (!in.list(
          [&](const value& item) {
            double bound = 0;
            if (item.number(bound, finite)) bounds.push_back(bound);
          },
          2))
    return;
  if (bounds.size() != 2 || !(bounds[0] < bounds[1]))
    return in.fail(errc::policy_out_of_range, "expected two numbers, the second greater: [low, high]");
  out.low = bounds[0];
  out.high = bounds[1];
}

TIERWISE_INLINE void read_term(object& o, const columns& known, segment::term& out) {
  const value linear = o.optional("linear"), log = o.optional("log"), lookup = o.optional("lookup");
  if ((linear ? 1 : 0) + (log ? 1 : 0) + (lookup ? 1 : 0) != 1)
    o.self().fail(errc::policy_missing_key,
                  "expected exactly one of \"linear\": [low, high], \"log\": [low, high], \"lookup\": {text: share}");
  out.how = lookup ? segment::transform::lookup : log ? segment::transform::log : segment::transform::linear;
  known.read(o.required("column"), out.column, out.how == segment::transform::lookup);
  o.required("weight").number(out.weight, positive);
  read_bounds(linear, out);
  read_bounds(log, out);
  lookup.members(
      [&](const std::string& text, const value& member) {
        double part = 0;
        if (member.number(part, share)) out.lookup.emplace_back(text, part);
      },
      1);
}

/// The keys "terms" and "min_coverage".
TIERWISE_INLINE void read_scorecard(object& o, const columns& known, segment::scorecard& out) {
  names taken;
  o.required("terms").list(
      [&](const value& item) {
        segment::term t;
        item.object([&](object& term) {
          read_term(term, known, t);
          if (!t.column.empty()) add_unique(taken, t.column, term.optional("column"));
        });
        out.terms.push_back(std::move(t));
      },
      1);
  o.optional("min_coverage").number(out.min_coverage, share);
}

TIERWISE_INLINE void read_potential(object& o, const columns& known, const names& grades, segment::potential& out) {
  if (const value volume = o.optional("volume")) {
    known.read(volume, out.volume, false);
    read_floors(o.required("decile_floors"), grades, {1, 10}, out.decile_floors);
  }
  if (const value card = o.optional("card")) {
    card.object([&](object& c) { read_scorecard(c, known, out.card); });
    read_floors(o.required("card_floors"), grades, {0, 100, true}, out.card_floors);
  }
  read_unknown_as(o.required("unknown_as"), grades, out.unknown_as);
}

/// Indices of a list of names; all of them where the key is left out.
TIERWISE_INLINE std::vector<std::size_t> read_any_of(const value& in, const names& known) {
  std::vector<std::size_t> out;
  if (!in) {
    out.resize(known.size());
    std::iota(out.begin(), out.end(), std::size_t{0});
    return out;
  }
  in.list(
      [&](const value& item) {
        std::size_t index = 0;
        if (item.one_of(index, known)) out.push_back(index);
      },
      1);
  return out;
}

TIERWISE_INLINE std::string describe_cell(const segment::scheme& s, std::size_t cell) {
  const std::size_t levels = s.levels.size();
  return "grade " + in_quotes(s.grades[cell / levels / levels]) + ", identity " +
         in_quotes(s.levels[cell / levels % levels]) + ", engagement " + in_quotes(s.levels[cell % levels]);
}

TIERWISE_INLINE void read_row(object& o, segment::scheme& out) {
  segment::cell cell;
  std::size_t type = 0;
  if (o.required("profile_type").one_of(type, out.profile_types)) cell.profile_type = static_cast<std::uint8_t>(type);
  const bool tiered = o.required("tier").integer(cell.tier, 1, static_cast<std::int64_t>(out.resources.size()));
  const auto grades = read_any_of(o.optional("grade"), out.grades),
             identities = read_any_of(o.optional("identity"), out.levels),
             engagements = read_any_of(o.optional("engagement"), out.levels);
  if (!tiered) cell.tier = 1;  // the fault is noted; an uncovered cell besides would be an echo of it
  bool said = false;
  for (const std::size_t g : grades)
    for (const std::size_t i : identities)
      for (const std::size_t e : engagements) {
        const std::size_t at = out.index(g, i, e);
        if (out.cells[at].tier != 0 && !said) {
          said = true;
          o.self().fail(errc::policy_incomplete_table,
                        describe_cell(out, at) + " already has a tier from an earlier row");
        }
        out.cells[at] = cell;
      }
}

TIERWISE_INLINE bool read_cell(const value& in, const segment::scheme& scheme, std::size_t& out) {
  std::size_t grade = 0, identity = 0, engagement = 0;
  bool good = false;
  in.object([&](object& o) {
    good = o.required("grade").one_of(grade, scheme.grades);
    good = o.required("identity").one_of(identity, scheme.levels) && good;
    good = o.required("engagement").one_of(engagement, scheme.levels) && good;
  });
  out = scheme.index(grade, identity, engagement);
  return good;
}

TIERWISE_INLINE void read_scheme(object& o, segment::scheme& out) {
  const auto name = [](const value& item, std::string& text) { return item.text(text); };
  const bool grades = read_names(o.required("grades"), out.grades, name, 2, 26);
  const bool levels = read_names(o.required("levels"), out.levels, name, 2, 10);
  const bool types = read_names(o.required("profile_types"), out.profile_types, name, 1, 200);
  const bool resources =
      o.required("resources").list([&](const value& item) { item.text(out.resources.emplace_back()); }, 1, 1000);
  const value table = o.required("table"), waive = o.required("waive");
  // Without names to read it by, the table would only echo what is already said.
  if (!grades || !levels || !types || !resources || out.grades.size() < 2 || out.levels.size() < 2 ||
      out.profile_types.empty())
    return;
  out.cells.assign(out.grades.size() * out.levels.size() * out.levels.size(), {});
  table.list([&](const value& row) { row.object([&](object& r) { read_row(r, out); }); }, 1);
  waive.list([&](const value& item) {
    std::size_t better = 0, worse = 0;
    item.object([&](object& w) {
      const bool first = read_cell(w.required("better"), out, better),
                 second = read_cell(w.required("worse"), out, worse);
      if (first && second) out.waived.emplace_back(better, worse);
    });
  });
}

TIERWISE_INLINE void read_segment(const value& in, const columns& known, segment::policy& out) {
  out = {};
  in.object([&](object& o) {
    o.required("tiers").object([&](object& t) { read_scheme(t, out.scheme); });
    const names &grades = out.scheme.grades, &levels = out.scheme.levels;
    const value potential = o.required("potential"), identity = o.required("identity"),
                engagement = o.required("engagement");
    if (grades.size() < 2 || levels.size() < 2) return;
    potential.object([&](object& p) { read_potential(p, known, grades, out.potential); });
    identity.object([&](object& i) {
      read_scorecard(i, known, out.identity);
      read_cuts(i.required("cuts"), levels, out.identity_cuts);
    });
    engagement.object([&](object& e) {
      e.optional("s0").number(out.engagement.s0, positive);
      e.optional("s0_quantile").number(out.engagement.s0_quantile, {0, 1, true});
      e.optional("min_coverage").number(out.engagement.min_coverage, share);
      read_cuts(e.required("cuts"), levels, out.engagement_cuts);
    });
  });
}

}  // namespace tierwise
