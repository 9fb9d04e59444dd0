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

/// {"A": 8, "B": 5, …}: one number for each name but the last, falling (or rising).
TIERWISE_INLINE void read_floors(const value& in, const names& steps, range allowed, bool whole, bool rising,
                                 std::vector<double>& out) {
  in.object([&](object& o) {
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
      const value step = o.required(steps[i]);
      double floor = 0;
      int whole_floor = 0;
      if (whole) {
        if (!step.integer(whole_floor, static_cast<std::int64_t>(allowed.low), static_cast<std::int64_t>(allowed.high)))
          continue;
        floor = whole_floor;
      } else if (!step.number(floor, allowed)) {
        continue;
      }
      if (!out.empty() && (rising ? floor <= out.back() : floor >= out.back()))
        step.fail(errc::policy_out_of_range,
                  std::string(rising ? "shares rise from best to worst, so expected more than "
                                     : "floors fall from best to worst, so expected less than ") +
                      decimal(out.back()) + ", not " + decimal(floor));
      out.push_back(floor);
    }
  });
}

TIERWISE_INLINE void read_unknown_as(const value& in, const names& steps, std::uint8_t& out) {
  std::size_t step = 0;
  if (in.one_of(step, steps)) out = static_cast<std::uint8_t>(step);
}

inline constexpr const char* kinds_of_cuts[] = {"fixed",      "quantile",     "decile",
                                                "head_share", "volume_share", "natural_breaks"};

TIERWISE_INLINE void read_strata(object& o, const columns& known, segment::cuts& out) {
  const value strata = o.optional("strata"), least = o.optional("min_stratum");
  strata.list(
      [&](const value& item) {
        read_names(
            item, out.strata.emplace_back(),
            [&](const value& name, std::string& column) { return known.read(name, column, true); }, 1, 64);
      },
      1, 8);
  least.integer(out.min_stratum, 1, 1'000'000'000);
  if (least && !strata) least.fail(errc::policy_missing_key, "without \"strata\" there is no stratum to be too small");
}

/// Floors are of a volume, or of a score up to `high`. Grades have one unknown_as for both roads, outside the cuts.
TIERWISE_INLINE void read_cuts(const value& in, const names& steps, const columns& known, bool is_volume, double high,
                               bool with_unknown, segment::cuts& out) {
  in.object([&](object& o) {
    using kind = segment::cuts::kind;
    const value kind_of = o.optional("how");
    std::size_t how = 0;
    kind_of.one_of(how, names(std::begin(kinds_of_cuts), std::end(kinds_of_cuts)));
    out.how = static_cast<kind>(how);
    if (out.how == kind::decile && !is_volume)
      kind_of.fail(errc::policy_out_of_range, "deciles are of a volume; a score has quantiles");
    if (out.how != kind::natural_breaks) {
      const bool rising = out.how == kind::head_share || out.how == kind::volume_share;
      const range allowed = out.how == kind::decile  ? range{0, 10}
                            : out.how == kind::fixed ? range{0, is_volume ? 1e300 : high}
                                                     : range{0, 1, true};
      read_floors(o.required("floors"), steps, allowed, out.how == kind::decile, rising, out.floors);
    }
    read_strata(o, known, out);
    if (with_unknown) read_unknown_as(o.required("unknown_as"), steps, out.unknown_as);
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

/// [[value, points], …], values rising.
TIERWISE_INLINE void read_knots(const value& in, segment::term& out) {
  in.list(
      [&](const value& item) {
        std::vector<double> knot;
        item.list(
            [&](const value& part) {
              double read = 0;
              if (part.number(read, knot.empty() ? finite : range{0, out.out_of})) knot.push_back(read);
            },
            2, 2);
        if (knot.size() != 2) return;
        if (!out.knots.empty() && !(knot[0] > out.knots.back().first))
          item.fail(errc::policy_out_of_range,
                    "values rise from knot to knot, so expected more than " + decimal(out.knots.back().first) +
                        ", not " + decimal(knot[0]),
                    "/0");
        out.knots.emplace_back(knot[0], knot[1]);
      },
      2);
}

TIERWISE_INLINE void read_dictionary(const value& in, segment::dictionary& out) {
  std::size_t which = 0;
  if (in.one_of(which, {"title", "hospital_level"})) out = static_cast<segment::dictionary>(which + 1);
}

/// {"by": column, "table": {text: {by_text: points}}, "by_dictionary": …}
TIERWISE_INLINE void read_grid(const value& in, const columns& known, segment::term& out) {
  in.object([&](object& o) {
    known.read(o.required("by"), out.by, true);
    read_dictionary(o.optional("by_dictionary"), out.by_dict);
    o.required("table").members(
        [&](const std::string& text, const value& row) {
          row.members(
              [&](const std::string& by_text, const value& member) {
                double points = 0;
                if (member.number(points, {0, out.out_of})) out.grid.push_back({text, by_text, points});
              },
              1);
        },
        1);
  });
}

TIERWISE_INLINE void read_term(object& o, const columns& known, segment::term& out) {
  constexpr const char* keys[] = {"linear", "log", "capped", "piecewise", "lookup", "grid"};  // as segment::transform
  const value* how = nullptr;
  std::vector<value> given;
  for (const char* const key : keys) given.push_back(o.optional(key));
  std::size_t count = 0;
  for (std::size_t i = 0; i < given.size(); ++i)
    if (given[i]) {
      ++count;
      how = &given[i];
      out.how = static_cast<segment::transform>(i);
    }
  if (count != 1)
    o.self().fail(
        errc::policy_missing_key,
        "expected exactly one of \"linear\": [low, high], \"log\": [low, high], \"capped\": high, \"piecewise\": "
        "[[value, share], …], \"lookup\": {text: share}, \"grid\": {\"by\", \"table\"}");
  const bool text = out.how == segment::transform::lookup || out.how == segment::transform::grid;
  known.read(o.required("column"), out.column, text);
  o.required("weight").number(out.weight, positive);
  o.optional("out_of").number(out.out_of, positive);
  if (text) read_dictionary(o.optional("dictionary"), out.dict);
  if (const value absent = o.optional("missing")) {
    double points = 0;
    if (absent.number(points, {0, out.out_of})) out.missing_as = points;
  }
  if (count != 1) return;
  switch (out.how) {
    case segment::transform::linear:
    case segment::transform::log: return read_bounds(*how, out);
    case segment::transform::capped: how->number(out.high, {0, 1e15, true}); return;
    case segment::transform::piecewise: return read_knots(*how, out);
    case segment::transform::grid: return read_grid(*how, known, out);
    case segment::transform::lookup: break;
  }
  how->members(
      [&](const std::string& word, const value& member) {
        double points = 0;
        if (member.number(points, {0, out.out_of})) out.lookup.emplace_back(word, points);
      },
      1);
}

/// The keys "terms", "min_coverage" and "out_of".
TIERWISE_INLINE void read_scorecard(object& o, const columns& known, segment::scorecard& out) {
  std::vector<std::pair<std::string, std::string>> taken;
  o.required("terms").list(
      [&](const value& item) {
        segment::term t;
        item.object([&](object& term) {
          read_term(term, known, t);
          if (t.column.empty()) return;
          const std::pair columns{t.column, t.by};
          if (std::find(taken.begin(), taken.end(), columns) != taken.end())
            term.optional("column").fail(errc::policy_duplicate_name, in_quotes(t.column) + " is already taken");
          taken.push_back(columns);
        });
        out.terms.push_back(std::move(t));
      },
      1);
  o.optional("min_coverage").number(out.min_coverage, share);
  o.optional("out_of").number(out.out_of, {0, 10'000, true});
}

TIERWISE_INLINE void read_potential(object& o, const columns& known, const names& grades, segment::potential& out) {
  const value volume = o.optional("volume"), cuts = o.optional("cuts"), card = o.optional("card"),
              card_cuts = o.optional("card_cuts");
  const auto together = [&](const value& one, const value& other, const char* what) {
    if (!one && other)
      one.fail(errc::policy_missing_key, std::string("this key is missing, and ") + what + " is there");
  };
  together(volume, cuts, "\"cuts\"");
  together(cuts, volume, "\"volume\"");
  together(card, card_cuts, "\"card_cuts\"");
  together(card_cuts, card, "\"card\"");
  known.read(volume, out.volume, false);
  read_cuts(cuts, grades, known, true, 0, false, out.cuts);
  card.object([&](object& c) { read_scorecard(c, known, out.card); });
  read_cuts(card_cuts, grades, known, false, out.card.out_of, false, out.card_cuts);
  read_unknown_as(o.required("unknown_as"), grades, out.unknown_as);
}

TIERWISE_INLINE void read_engagement(object& o, const columns& known, segment::policy& out) {
  if (o.self().member("terms")) return read_scorecard(o, known, out.engagement_card);
  o.optional("s0").number(out.engagement.s0, positive);
  o.optional("s0_quantile").number(out.engagement.s0_quantile, {0, 1, true});
  o.optional("min_coverage").number(out.engagement.min_coverage, share);
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
  const std::size_t identities = s.identity_levels.size(), engagements = s.engagement_levels.size();
  return "grade " + in_quotes(s.grades[cell / engagements / identities]) + ", identity " +
         in_quotes(s.identity_levels[cell / engagements % identities]) + ", engagement " +
         in_quotes(s.engagement_levels[cell % engagements]);
}

TIERWISE_INLINE void read_row(object& o, segment::scheme& out) {
  segment::cell cell;
  std::size_t type = 0;
  if (o.required("profile_type").one_of(type, out.profile_types)) cell.profile_type = static_cast<std::uint8_t>(type);
  const bool tiered = o.required("tier").integer(cell.tier, 1, static_cast<std::int64_t>(out.resources.size()));
  const auto grades = read_any_of(o.optional("grade"), out.grades),
             identities = read_any_of(o.optional("identity"), out.identity_levels),
             engagements = read_any_of(o.optional("engagement"), out.engagement_levels);
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
    good = o.required("identity").one_of(identity, scheme.identity_levels) && good;
    good = o.required("engagement").one_of(engagement, scheme.engagement_levels) && good;
  });
  out = scheme.index(grade, identity, engagement);
  return good;
}

/// A list for both, or {"identity": […], "engagement": […]}.
TIERWISE_INLINE bool read_levels(const value& in, segment::scheme& out) {
  const auto name = [](const value& item, std::string& text) { return item.text(text); };
  if (!in.is_object()) {
    const bool good = read_names(in, out.identity_levels, name, 1, 10);
    out.engagement_levels = out.identity_levels;
    return good;
  }
  bool good = false;
  in.object([&](object& o) {
    good = read_names(o.required("identity"), out.identity_levels, name, 1, 10);
    good = read_names(o.required("engagement"), out.engagement_levels, name, 1, 10) && good;
  });
  return good;
}

TIERWISE_INLINE void read_scheme(object& o, segment::scheme& out) {
  const auto name = [](const value& item, std::string& text) { return item.text(text); };
  const bool grades = read_names(o.required("grades"), out.grades, name, 1, 26);
  const bool levels = read_levels(o.required("levels"), out);
  const bool types = read_names(o.required("profile_types"), out.profile_types, name, 1, 200);
  const bool resources =
      o.required("resources").list([&](const value& item) { item.text(out.resources.emplace_back()); }, 1, 1000);
  const value table = o.required("table"), waive = o.required("waive");
  // Without names to read it by, the table would only echo what is already said.
  if (!grades || !levels || !types || !resources || out.grades.empty() || out.identity_levels.empty() ||
      out.engagement_levels.empty() || out.profile_types.empty())
    return;
  out.cells.assign(out.grades.size() * out.identity_levels.size() * out.engagement_levels.size(), {});
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

/// What the company can do for a doctor.
TIERWISE_INLINE void read_efforts(const value& in, const columns& known, std::vector<segment::effort>& out) {
  names taken;
  in.list(
      [&](const value& item) {
        segment::effort e;
        item.object([&](object& o) {
          const value id = o.required("id");
          if (id.identifier(e.id)) add_unique(taken, e.id, id);
          known.read(o.required("column"), e.column, false);
          o.required("step").number(e.step, positive);
          o.required("cost").number(e.cost, positive);
          o.required("most").integer(e.most, 1, 1000);
        });
        out.push_back(std::move(e));
      },
      0, 16);
}

TIERWISE_INLINE void read_segment(const value& in, const columns& known, segment::policy& out) {
  out = {};
  in.object([&](object& o) {
    o.required("tiers").object([&](object& t) { read_scheme(t, out.scheme); });
    const segment::scheme& s = out.scheme;
    // With one step there is nothing to tell apart, and the section may be left out.
    const auto section = [&](const char* key, const names& steps) {
      return steps.size() == 1 ? o.optional(key) : o.required(key);
    };
    const value potential = section("potential", s.grades), identity = section("identity", s.identity_levels),
                engagement = section("engagement", s.engagement_levels);
    const value allocation = o.optional("allocation"), exploratory = o.optional("exploratory");
    read_stability(o.optional("stability"), out.stability);
    read_movers(o.optional("movers"), out.movers);
    if (allocation)
      read_allocation(allocation, known.of.profile.channels, s.resources.size(), out.allocation.emplace());
    if (exploratory)
      read_exploratory(
          exploratory, [&](const value& column, std::string& name) { return known.read(column, name, false); },
          out.exploratory.emplace());
    if (s.grades.empty() || s.identity_levels.empty() || s.engagement_levels.empty()) return;
    potential.object([&](object& p) { read_potential(p, known, s.grades, out.potential); });
    identity.object([&](object& i) {
      read_scorecard(i, known, out.identity);
      read_cuts(i.required("cuts"), s.identity_levels, known, false, out.identity.out_of, true, out.identity_cuts);
    });
    out.engagement.used = static_cast<bool>(engagement);
    engagement.object([&](object& e) {
      read_engagement(e, known, out);
      read_cuts(e.required("cuts"), s.engagement_levels, known, false, out.engagement_card.out_of, true,
                out.engagement_cuts);
    });
    read_efforts(o.optional("efforts"), known, out.efforts);
  });
}

}  // namespace tierwise
