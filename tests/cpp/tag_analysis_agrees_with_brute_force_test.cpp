// Random small registries over all doctors of a small world: what analysis says of a rule, a pair or a group is what trying all of them says.
#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <tierwise/tag/analysis.hpp>

namespace {

using namespace tierwise;
using tag::finding_kind;

/// Every list of a few contacts, with a few values of each attribute. Rules below ask for nothing that tells more of them apart.
struct world {
  std::vector<double> visit_30, visit_90, any_90, last_visit, last_any, coverage, number, other;
  std::vector<std::uint8_t> flag, flag_valid;
  std::vector<std::int32_t> text;
  table columns;

  /// `contacts`: lists of them, and no attribute; else all combinations of attributes.
  explicit world(bool contacts) {
    if (contacts) {
      const auto visits = layered({1, 2, 3}), others = layered({1, 2, 6});
      for (const auto& of_visits : visits)
        for (const auto& of_others : others)
          for (const double covered : {0.5, 1.0}) add_contacts(of_visits, of_others, covered);
      add_row(missing, missing, missing, missing, missing, missing, missing, missing, -1, 2);  // no table of contacts
    } else {
      for (const double a : {missing, 0.0, 1.0, 1.5, 2.0, 3.0})
        for (const double b : {missing, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0})
          for (const int text_code : {-1, 0, 1, 2})
            for (const int truth : {0, 1, 2}) add_row(0, 0, 0, missing, missing, 1, a, b, text_code, truth);
    }
    const std::size_t rows = number.size();
    std::vector<std::uint8_t> valid((rows + 7) / 8);
    for (std::size_t i = 0; i < rows; ++i)
      if (flag_valid[i]) valid[i / 8] = static_cast<std::uint8_t>(valid[i / 8] | (1u << (i % 8)));
    columns.add("contacts_visit_30d", visit_30);
    columns.add("contacts_visit_90d", visit_90);
    columns.add("contacts_90d", any_90);
    columns.add("days_since_visit", last_visit);
    columns.add("days_since_contact", last_any);
    columns.add("contact_coverage", coverage);
    columns.add("n", number);
    columns.add("m", other);
    columns.add("t", text, {"a", "b", "neither"});
    columns.add_booleans("f", flag, valid);
  }

 private:
  static constexpr std::array<double, 7> ages = {0, 5, 10, 20, 30, 60, 90};  // at and between the bounds of the rules
  using layers = std::array<int, ages.size()>;

  /// At most two ages, with these numbers of contacts each.
  static std::vector<layers> layered(const std::vector<int>& counts) {
    std::vector<layers> out(1);
    for (std::size_t a = 0; a < ages.size(); ++a)
      for (const int n : counts) {
        out.emplace_back()[a] = n;
        const layers one = out.back();
        for (std::size_t b = a + 1; b < ages.size(); ++b)
          for (const int more : counts) {
            out.push_back(one);
            out.back()[b] = more;
          }
      }
    return out;
  }

  void add_contacts(const layers& visits, const layers& others, double covered) {
    double last = missing, last_of_all = missing, near = 0, in_90 = 0, all = 0;
    for (std::size_t i = ages.size(); i-- > 0;) {
      if (visits[i] > 0) last = ages[i];
      if (visits[i] + others[i] > 0) last_of_all = ages[i];
      near += ages[i] < 30 ? visits[i] : 0;
      in_90 += ages[i] < 90 ? visits[i] : 0;
      all += ages[i] < 90 ? visits[i] + others[i] : 0;
    }
    add_row(near, in_90, all, last, last_of_all, covered, missing, missing, -1, 2);
  }
  void add_row(double v30, double v90, double a90, double last, double last_of_all, double covered, double a, double b,
               int text_code, int truth) {
    visit_30.push_back(v30);
    visit_90.push_back(v90);
    any_90.push_back(a90);
    last_visit.push_back(last);
    last_any.push_back(last_of_all);
    coverage.push_back(covered);
    number.push_back(a);
    other.push_back(b);
    text.push_back(text_code);
    flag.push_back(truth == 1);
    flag_valid.push_back(truth != 2);
  }
};

/// Contacts of two channels and others, by chance: too many to try them all.
struct chance_world {
  table columns;
  static constexpr std::size_t rows = 6000;

  explicit chance_world(std::mt19937& roll) {
    const auto pick = [&roll](unsigned n) { return static_cast<unsigned>(roll() % n); };
    constexpr double ages[] = {0, 5, 10, 20, 30, 60, 89, 90};
    const std::array<std::string, 3> names = {"", "visit", "video"};
    std::map<std::string, std::vector<double>> made;
    for (std::size_t row = 0; row < rows; ++row) {
      struct contact {
        unsigned channel;
        double age;
      };
      std::vector<contact> list(row == 0 ? 0 : pick(8));
      const unsigned most = 1 + pick(8);
      for (contact& c : list) c = {pick(3), ages[pick(most)]};
      const bool none = row % 50 == 1;  // no table of contacts
      for (unsigned channel = 0; channel < 3; ++channel) {
        const std::string of = names[channel].empty() ? "" : "_" + names[channel];
        double last = missing;
        std::array<double, 2> counts{};
        for (const contact& c : list) {
          if (channel != 0 && c.channel != channel) continue;
          if (!(last <= c.age)) last = c.age;
          counts[0] += c.age < 30 ? 1 : 0;
          counts[1] += c.age < 90 ? 1 : 0;
        }
        made["contacts" + of + "_30d"].push_back(none ? missing : counts[0]);
        made["contacts" + of + "_90d"].push_back(none ? missing : counts[1]);
        made["trend" + of + "_90d"].push_back(none || counts[1] == 0 ? missing : pick(5) - 2.0);
        made[of.empty() ? "days_since_contact" : "days_since" + of].push_back(none ? missing : last);
      }
      made["contact_coverage"].push_back(none ? missing : pick(2) == 0 ? 1 : 0.5);
    }
    for (auto& [name, values] : made) columns.add(name, std::move(values));
  }
};

class rule_maker {
 public:
  rule_maker(std::mt19937& roll, bool contacts, bool exact) : roll_(roll), contacts_(contacts), exact_(exact) {}

  std::string rule(int depth, const std::vector<std::string>& before) {
    if (depth == 0) return atom(before);
    switch (pick(6)) {
      case 0: return "not (" + rule(depth - 1, before) + ")";
      case 1:
      case 2: return "(" + rule(depth - 1, before) + " or " + rule(depth - 1, before) + ")";
      case 3: return atom(before);
      default: return "(" + rule(depth - 1, before) + " and " + rule(depth - 1, before) + ")";
    }
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(roll_() % n); }
  std::string sign() { return std::array<const char*, 6>{"==", "!=", "<", "<=", ">", ">="}[pick(6)]; }

  std::string atom(const std::vector<std::string>& before) {
    if (!before.empty() && pick(6) == 0)
      return "has_tag(\"" + before[pick(static_cast<unsigned>(before.size()))] + "\")";
    if (!exact_ && pick(2) == 0) return calculated();
    if (contacts_) {
      switch (pick(8)) {
        case 7:
          return std::string(pick(2) == 0 ? "last()" : "last(\"visit\")") + (pick(2) == 0 ? " == null" : " != null");
        case 0: return "count(channel == \"visit\", 30d) " + sign() + " " + std::to_string(pick(2));
        case 1: return "count(channel == \"visit\", 90d) " + sign() + " " + std::to_string(pick(3));
        case 2: return "count(90d) " + sign() + " " + std::to_string(pick(3));
        case 3: return "last(\"visit\") " + sign() + std::array<const char*, 3>{" 0d", " 10d", " 30d"}[pick(3)];
        case 4: return "last() " + sign() + std::array<const char*, 3>{" 0d", " 10d", " 30d"}[pick(3)];
        case 5:
          return "known(" +
                 std::string(
                     std::array<const char*, 3>{"last(\"visit\")", "last()", "share(\"visit\", 90d)"}[pick(3)]) +
                 ")";
        default:
          return "share(\"visit\", 90d) " + std::string(std::array<const char*, 4>{"<", "<=", ">", ">="}[pick(4)]) +
                 std::array<const char*, 3>{" 0", " 0.5", " 1"}[pick(3)];
      }
    }
    switch (pick(7)) {
      case 0: return "n " + sign() + " " + std::to_string(1 + pick(2));
      case 1: return "m " + sign() + " " + std::to_string(pick(3));
      case 2: return "t " + std::string(pick(2) == 0 ? "==" : "!=") + (pick(2) == 0 ? " \"a\"" : " \"b\"");
      case 3: return pick(2) == 0 ? "t in {\"a\", \"b\"}" : "n in {1, 2}";
      case 4: return "f";
      case 5: return "known(" + std::string(std::array<const char*, 4>{"n", "m", "t", "f"}[pick(4)]) + ")";
      default: return "f == (m > " + std::to_string(pick(3)) + ")";
    }
  }

  /// What cells alone do not decide.
  std::string calculated() {
    const auto one_of = [this](const std::vector<std::string>& all) {
      return all[pick(static_cast<unsigned>(all.size()))];
    };
    const std::string bound = " " + sign() + " " + std::to_string(pick(4));
    if (contacts_)
      return one_of({"count(channel == \"visit\", 30d) " + sign() + " count(channel == \"visit\", 90d)",
                     "count(channel == \"visit\", 90d) " + sign() + " count(90d)",
                     "count(90d) - count(channel == \"visit\", 90d)" + bound, "last() " + sign() + " last(\"visit\")",
                     "share(\"visit\", 90d) * 2" + bound, "last() * 2 " + sign() + " 20d"});
    return one_of({"n " + sign() + " m", "n + m" + bound, "n * m" + bound, "n / m" + bound, "abs(m)" + bound,
                   "max(n, m)" + bound, "contains(t, \"a\")", "starts_with(t, \"n\")", "lower(t) == \"a\"",
                   "contains(t, \"ei\")", "length(t)" + bound, "ends_with(trim(t), \"b\")", "n " + sign() + " n",
                   "-n" + bound});
  }

  std::mt19937& roll_;
  bool contacts_, exact_;
};

bool found(const std::vector<tag::finding>& all, finding_kind kind, const std::vector<std::size_t>& tags) {
  return std::any_of(all.begin(), all.end(),
                     [&](const tag::finding& f) { return f.kind == kind && f.tags == tags && !f.part; });
}

/// `exact`: findings are exactly what is there. Else they may leave a question undecided.
void compare(bool contacts, unsigned seed, int registries, bool exact) {
  std::mt19937 roll(seed);
  const world all(contacts);
  tag::schema known{.columns = {{"n", tag::value_type::number},
                                {"m", tag::value_type::number},
                                {"t", tag::value_type::text},
                                {"f", tag::value_type::boolean}},
                    .channels = {"visit"},
                    .measures = {},
                    .tags = {}};
  int dead = 0, overlaps = 0, gaps = 0, same = 0, undecided = 0, parts = 0;
  for (int i = 0; i < registries; ++i) {
    tag::analysis_input in;
    in.known = known;
    in.groups = {{"g", "", "", true, true}};
    rule_maker make(roll, contacts, exact);
    std::vector<std::string> before;
    for (const char* id : {"a", "b", "c"}) {
      tag::definition& d = in.definitions.emplace_back();
      d.id = id;
      d.group = "g";
      d.rule = make.rule(static_cast<int>(1 + roll() % 3), before);
      before.emplace_back(id);
    }
    CAPTURE(in.definitions[0].rule);
    CAPTURE(in.definitions[1].rule);
    CAPTURE(in.definitions[2].rule);
    const auto findings = tag::analyse(in);
    const auto bits = tag::evaluate(tag::compile(in.definitions, known, in.groups).value(), all.columns.view()).value();
    const std::size_t rows = all.number.size();
    std::array<std::size_t, 3> yes{}, no{};
    std::array<bool, 3> silent{};
    for (std::size_t t = 0; t < 3; ++t) {
      yes[t] = bits.yes[t].count();
      no[t] = bits.known[t].count() - yes[t];
      const bool nobody = found(findings, finding_kind::never_true, {t}),
                 unknown = found(findings, finding_kind::never_known, {t}),
                 everybody = found(findings, finding_kind::always_true, {t}),
                 never_no = found(findings, finding_kind::never_false, {t});
      if (exact) {
        CHECK(nobody == (yes[t] == 0 && no[t] > 0));
        CHECK(unknown == (yes[t] == 0 && no[t] == 0));
        CHECK(everybody == (yes[t] == rows));
        CHECK(never_no == (no[t] == 0 && yes[t] > 0 && yes[t] < rows));
      } else {
        if (nobody || unknown) CHECK(yes[t] == 0);
        if (never_no || unknown) CHECK(no[t] == 0);
        if (everybody) CHECK(yes[t] == rows);
      }
      silent[t] = nobody || unknown || everybody || never_no;
      dead += yes[t] == 0 ? 1 : 0;
    }
    bool gap = false;
    for (std::size_t row = 0; row < rows && !gap; ++row) {
      gap = true;
      for (std::size_t t = 0; t < 3; ++t) gap = gap && bits.known[t].test(row) && !bits.yes[t].test(row);
    }
    if (exact || gap)
      CHECK((found(findings, finding_kind::gap, {0, 1, 2}) ||
             (!exact && found(findings, finding_kind::undecided, {0, 1, 2}))) == gap);
    gaps += gap ? 1 : 0;
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = a + 1; b < 3; ++b) {
        if (silent[a] || silent[b]) continue;
        bool both = false;
        for (std::size_t row = 0; row < rows && !both; ++row) both = bits.yes[a].test(row) && bits.yes[b].test(row);
        if (exact || both)
          CHECK((found(findings, finding_kind::overlap, {a, b}) ||
                 (!exact && found(findings, finding_kind::undecided, {a, b}))) == both);
        overlaps += both ? 1 : 0;
        const bool equal = bits.yes[a] == bits.yes[b] && bits.known[a] == bits.known[b];
        if (found(findings, finding_kind::same, {a, b})) CHECK(equal);
        same += equal ? 1 : 0;
      }
    for (const tag::finding& f : findings) {
      if (!f.part) continue;
      // In its place a constant; where nothing changes for one of the two, it was not needed.
      const auto with = [&](const std::string& text) {
        std::vector<tag::definition> changed = in.definitions;
        changed[f.tags[0]].rule.replace(f.part->begin, f.part->end - f.part->begin, "(" + text + ")");
        auto out = tag::evaluate(tag::compile(changed, known, in.groups).value(), all.columns.view()).value();
        return std::pair(out.yes[f.tags[0]], out.known[f.tags[0]]);
      };
      const std::pair now(bits.yes[f.tags[0]], bits.known[f.tags[0]]);
      ++parts;
      if (f.kind == finding_kind::redundant_part) CHECK((with("true") == now || with("false") == now));
      if (f.kind == finding_kind::redundant_part) continue;
      std::vector<tag::definition> alone = in.definitions;
      alone[f.tags[0]].rule = f.part->text;
      const auto of_part = tag::evaluate(tag::compile(alone, known, in.groups).value(), all.columns.view()).value();
      const std::size_t holds = of_part.yes[f.tags[0]].count(), decided = of_part.known[f.tags[0]].count();
      if (f.kind == finding_kind::contradiction) CHECK(holds == 0);
      if (f.kind == finding_kind::always_holds) CHECK(holds == decided);
    }
    for (const tag::finding& f : findings) undecided += f.kind == finding_kind::undecided ? 1 : 0;
    if (exact) CHECK(undecided == 0);
  }
  CHECK(dead > 0);
  CHECK(overlaps > 0);
  CHECK(gaps > 0);
  CHECK(same > 0);
  CHECK(parts > 0);
}

TEST_CASE("analysis: agrees with trying everybody, over attributes") { compare(false, 1, 800, true); }
TEST_CASE("analysis: agrees with trying everybody, over contacts") { compare(true, 2, 200, true); }
TEST_CASE("analysis: claims nothing of two channels that chance disproves") {
  std::mt19937 roll(5);
  const chance_world all(roll);
  const auto pick = [&roll](unsigned n) { return static_cast<unsigned>(roll() % n); };
  const auto one_of = [&](const std::vector<std::string>& texts) {
    return texts[pick(static_cast<unsigned>(texts.size()))];
  };
  const std::vector<std::string> signs = {" == ", " != ", " < ", " <= ", " > ", " >= "};
  const auto atom = [&] {
    const std::string channel = one_of({"visit", "video"}), window = one_of({"30d", "90d"});
    switch (pick(6)) {
      case 0:
      case 1: return "count(channel == \"" + channel + "\", " + window + ")" + one_of(signs) + std::to_string(pick(3));
      case 2: return "count(" + window + ")" + one_of(signs) + std::to_string(pick(4));
      case 3: return "share(\"" + channel + "\", " + window + ")" + one_of(signs) + one_of({"0.25", "0.5", "0.7", "1"});
      case 4:
        return one_of({"last()", "last(\"visit\")", "last(\"video\")"}) + one_of(signs) +
               one_of({"5d", "29d", "30d", "89d"});
      default:
        return one_of({"trend(90d) > 1", "known(trend(channel == \"video\", 90d))", "last(\"video\") == null",
                       "share(\"video\", 30d) != null"});
    }
  };
  tag::schema known{.columns = {}, .channels = {"visit", "video"}, .measures = {}, .tags = {}};
  int claims = 0, undecided = 0;
  for (int i = 0; i < 150; ++i) {
    tag::analysis_input in;
    in.known = known;
    in.groups = {{"g", "", "", true, true}};
    for (const char* id : {"a", "b"}) {
      tag::definition& d = in.definitions.emplace_back();
      d.id = id;
      d.group = "g";
      d.rule = (pick(4) == 0 ? "not " : "") + atom();
      for (unsigned more = pick(5); more > 0; --more) d.rule += one_of({" and ", " and ", " or "}) + atom();
    }
    CAPTURE(in.definitions[0].rule);
    CAPTURE(in.definitions[1].rule);
    const auto findings = tag::analyse(in);
    const auto bits = tag::evaluate(tag::compile(in.definitions, known, in.groups).value(), all.columns.view()).value();
    std::array<bool, 2> silent{};
    for (std::size_t t = 0; t < 2; ++t) {
      const std::size_t yes = bits.yes[t].count(), no = bits.known[t].count() - yes;
      if (found(findings, finding_kind::never_true, {t})) CHECK(yes == 0);
      if (found(findings, finding_kind::never_false, {t})) CHECK(no == 0);
      if (found(findings, finding_kind::always_true, {t})) CHECK(yes == all.rows);
      silent[t] = found(findings, finding_kind::never_true, {t}) || found(findings, finding_kind::never_false, {t}) ||
                  found(findings, finding_kind::always_true, {t});
      claims += silent[t] ? 1 : 0;
    }
    bool both = false, gap = false;
    for (std::size_t row = 0; row < all.rows; ++row) {
      both = both || (bits.yes[0].test(row) && bits.yes[1].test(row));
      gap = gap ||
            (bits.known[0].test(row) && bits.known[1].test(row) && !bits.yes[0].test(row) && !bits.yes[1].test(row));
    }
    const bool unsure = found(findings, finding_kind::undecided, {0, 1});
    if (both && !silent[0] && !silent[1]) CHECK((found(findings, finding_kind::overlap, {0, 1}) || unsure));
    if (gap) CHECK((found(findings, finding_kind::gap, {0, 1}) || unsure));
    if (found(findings, finding_kind::same, {0, 1}))
      CHECK((bits.yes[0] == bits.yes[1] && bits.known[0] == bits.known[1]));
    undecided += unsure ? 1 : 0;
  }
  CHECK(claims > 3);
  CHECK(undecided < 15);
}
TEST_CASE("analysis: claims nothing wrong of what it cannot decide, over attributes") { compare(false, 3, 120, false); }
TEST_CASE("analysis: claims nothing wrong of what it cannot decide, over contacts") { compare(true, 4, 60, false); }

}  // namespace
