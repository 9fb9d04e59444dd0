// Random statements for the tests, and what follows from them by the plainest reading of the rules: row against row, day by day.
#ifndef TIERWISE_TESTS_TAG_STATEMENTS_HPP
#define TIERWISE_TESTS_TAG_STATEMENTS_HPP

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/provenance.hpp>

#include "tag_rows.hpp"

namespace tag_statements {

using namespace tierwise;
using tag::value_type;

constexpr int days = 14;
inline const date first_day = parse_date("2015-01-01").value();
inline const std::vector<std::string> doctors = {"a", "b", "王"}, tags = {"ruled", "spoken", "guessed"};
inline const std::vector<int> lives = {0, 5, 3};
inline const std::vector<double> least = {0.5, 0, 0.7};

inline date day(int d) { return first_day + d; }

inline const tag::registry& registry() {
  static const tag::registry made = [] {
    std::vector<tag::definition> definitions(4);
    for (std::size_t t = 0; t < 3; ++t) {
      definitions[t].id = tags[t];
      definitions[t].lives_days = lives[t];
    }
    definitions[0].rule = "flag";
    definitions[1].source = tag::source_kind::person;
    definitions[2].source = tag::source_kind::model;
    definitions[3].id = "follows";
    definitions[3].rule = "has_tag(\"ruled\") or has_tag(\"spoken\") and not has_tag(\"guessed\")";
    const tag::schema known{{{"flag", value_type::boolean}}, {}, {}, {}};
    return tag::compile(std::move(definitions), known).value();
  }();
  return made;
}

/// Cells as text; a cell that is not there is missing.
using raw = std::map<std::string, std::string>;

inline const std::vector<std::pair<std::string, value_type>> columns = {
    {"hcp_id", value_type::text},   {"tag", value_type::text},          {"kind", value_type::text},
    {"source", value_type::text},   {"by", value_type::text},           {"since", value_type::text},
    {"expires", value_type::text},  {"confidence", value_type::number}, {"recorded", value_type::text},
    {"evidence", value_type::text}, {"statement_id", value_type::text}, {"withdraws", value_type::text}};

inline std::vector<tag_rows::row> cells_of(const std::vector<raw>& rows) {
  std::vector<tag_rows::row> out;
  for (const raw& r : rows) {
    tag_rows::row& row = out.emplace_back();
    for (const auto& [name, text] : r)
      row[name] = name == "confidence" ? tag_rows::value(std::stod(text)) : tag_rows::value(text);
  }
  return out;
}

inline tag::statements read(const std::vector<raw>& rows, const std::vector<std::string>& hcps = doctors) {
  std::vector<tag_rows::row> people;
  for (const std::string& id : hcps) people.push_back({{"hcp_id", id}});
  const tag_rows::row_table hcp_table({{"hcp_id", value_type::text}}, people), table(columns, cells_of(rows));
  return tag::read_statements(table.view(), *hcp_table.view().find("hcp_id"), registry()).value();
}

/// A row, mostly sound. With `wild`, whatever else may stand in a cell, and ids that meet on one day.
inline raw random_row(random_stream& random, const std::vector<raw>& before, bool wild) {
  const auto pick = [&](const std::vector<std::string>& of) {
    return of[random.below(static_cast<std::uint32_t>(of.size()))];
  };
  const auto some_day = [&] { return format_date(day(static_cast<int>(random.below(days)))); };
  if (!before.empty() && random.below(12) == 0) return before[random.below(static_cast<std::uint32_t>(before.size()))];
  raw r;
  r["hcp_id"] = pick(doctors);
  r["tag"] = pick(tags);
  r["kind"] = pick({"set", "set", "veto", "veto", "withdraw"});
  r["source"] = pick({"person", "import", "model"});
  if (random.below(2) == 0) r["by"] = pick({"u1", "u2"});
  if (random.below(2) == 0) r["evidence"] = pick({"e1", "e2"});
  r["since"] = some_day();
  r["recorded"] = some_day();
  if (random.below(3) == 0) r["expires"] = some_day();
  if (r["source"] == "model" || random.below(3) == 0) r["confidence"] = pick({"0", "0.25", "0.5", "0.7", "1"});
  r["statement_id"] = std::to_string(random.below(40));
  if (r["kind"] == "withdraw") {
    if (random.below(2) == 0) r.erase("since");
    if (!before.empty() && random.below(8) > 0) {  // of a statement that there is, mostly of the same doctor and tag
      const raw& other = before[random.below(static_cast<std::uint32_t>(before.size()))];
      if (other.contains("statement_id")) r["withdraws"] = other.at("statement_id");
      if (random.below(8) > 0)
        for (const char* same : {"hcp_id", "tag"})
          if (other.contains(same)) r[same] = other.at(same);
    } else {
      r["withdraws"] = std::to_string(random.below(40));
    }
  }
  if (wild && random.below(4) == 0) {
    const auto& name = columns[random.below(static_cast<std::uint32_t>(columns.size()))].first;
    if (random.below(3) == 0)
      r.erase(name);
    else
      r[name] = name == "confidence" ? pick({"-0.1", "1.5", "2"})
                                     : pick({"", "x", "rule", "2015-02-30", "1899-01-01", "follows", "SET", "7"});
  }
  if (wild) return r;
  // Rows with one id, of one day, say the same: which of others is kept is told by a test of its own.
  for (const raw& other : before)
    if (other.at("statement_id") == r["statement_id"] && other.at("recorded") == r["recorded"])
      r["statement_id"] += "x" + std::to_string(before.size());
  return r;
}

inline std::vector<raw> random_rows(random_stream& random, std::uint32_t most, bool wild) {
  std::vector<raw> rows;
  for (std::uint32_t n = random.below(most + 1); n > 0; --n) rows.push_back(random_row(random, rows, wild));
  return rows;
}

template <class T>
void shuffle(random_stream& random, std::vector<T>& rows) {
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(rows[i - 1], rows[random.below(static_cast<std::uint32_t>(i))]);
}

// ---- the oracle: dates are compared as text, which YYYY-MM-DD allows ---------------------------------------------------

inline int rank_of(const raw& r) {
  if (r.at("source") == "person") return r.at("kind") == "veto" ? 4 : 3;
  return r.at("source") == "import" ? 2 : 1;
}

inline int source_rank(const raw& r) { return r.at("source") == "person" ? 3 : r.at("source") == "import" ? 2 : 1; }

inline std::string cell(const raw& r, const char* name) { return r.contains(name) ? r.at(name) : ""; }

/// The last day of a statement, as text that sorts; ~ has no end.
inline std::string last_of(const raw& r) {
  if (r.contains("expires")) return r.at("expires");
  const auto t = static_cast<std::size_t>(std::find(tags.begin(), tags.end(), r.at("tag")) - tags.begin());
  return lives[t] == 0 ? "~" : format_date(parse_date(r.at("since")).value() + (lives[t] - 1));
}

inline bool can_be_read(const raw& r) {
  return r.at("kind") == "withdraw" ? r.contains("withdraws")
                                    : !r.contains("expires") || r.at("expires") >= r.at("since");
}

/// Rows by what the documentation says of them, each looked at beside all others.
struct sorted_rows {
  std::vector<raw> kept;
  std::size_t repeated = 0, rejected = 0;
};

inline sorted_rows sort_out(const std::vector<raw>& rows) {
  sorted_rows out;
  std::vector<raw> readable, first;
  for (const raw& r : rows) can_be_read(r) ? readable.push_back(r) : void(++out.rejected);
  for (std::size_t i = 0; i < readable.size(); ++i) {
    bool is_first = true;
    const raw* earliest = &readable[i];
    for (std::size_t j = 0; j < readable.size(); ++j) {
      const raw& other = readable[j];
      if (other.at("statement_id") != readable[i].at("statement_id")) continue;
      if (other.at("recorded") < earliest->at("recorded")) earliest = &other;
      is_first = is_first && (readable[i].at("recorded") < other.at("recorded") ||
                              (readable[i].at("recorded") == other.at("recorded") && i <= j));
    }
    if (is_first) {
      first.push_back(readable[i]);
      continue;
    }
    raw a = readable[i], b = *earliest;
    for (raw* r : {&a, &b}) {
      r->erase("recorded");
      if (r->at("kind") == "withdraw") {
        r->erase("expires");
        r->erase("confidence");
        continue;
      }
      if (!r->contains("confidence")) (*r)["confidence"] = "1";
      (*r)["expires"] = last_of(*r);  // an end that is given and the same end by the tag's life are one
    }
    a == b ? ++out.repeated : ++out.rejected;
  }
  for (const raw& r : first) {
    bool good = r.at("kind") != "withdraw";
    for (const raw& target : first)
      if (!good && target.at("kind") != "withdraw" && target.at("statement_id") == cell(r, "withdraws"))
        good = target.at("hcp_id") == r.at("hcp_id") && target.at("tag") == r.at("tag") &&
               target.at("recorded") <= r.at("recorded") && source_rank(r) >= source_rank(target);
    good ? out.kept.push_back(r) : void(++out.rejected);
  }
  return out;
}

inline bool beats(const raw& a, const raw& b) {
  if (rank_of(a) != rank_of(b)) return rank_of(a) > rank_of(b);
  if (a.at("recorded") != b.at("recorded")) return a.at("recorded") > b.at("recorded");
  if (a.at("since") != b.at("since")) return a.at("since") > b.at("since");
  if (a.at("kind") != b.at("kind")) return a.at("kind") == "veto";
  return a.at("statement_id") < b.at("statement_id");
}

/// Statements that count for a doctor and tag, best first.
inline std::vector<raw> that_count(const std::vector<raw>& kept, const std::string& hcp, const std::string& tag,
                                   const std::string& as_of, const std::string& known) {
  std::vector<raw> out;
  for (const raw& r : kept) {
    if (r.at("kind") == "withdraw" || r.at("hcp_id") != hcp || r.at("tag") != tag) continue;
    bool holds = r.at("recorded") <= known && r.at("since") <= as_of && as_of <= last_of(r);
    for (const raw& w : kept)
      if (w.at("kind") == "withdraw" && w.at("withdraws") == r.at("statement_id") && w.at("recorded") <= known &&
          (!w.contains("since") || w.at("since") <= as_of))
        holds = false;
    if (holds) out.push_back(r);
  }
  std::sort(out.begin(), out.end(), beats);
  return out;
}

/// The statement that decides; none: the rule does.
inline std::optional<raw> that_decides(const std::vector<raw>& counting, std::size_t tag) {
  if (counting.empty()) return std::nullopt;
  const raw& best = counting.front();
  const bool unsure = best.at("source") == "model" && std::stod(best.at("confidence")) < least[tag];
  return unsure ? std::nullopt : std::optional(best);
}

}  // namespace tag_statements

#endif
