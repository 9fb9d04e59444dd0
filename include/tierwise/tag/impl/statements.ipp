#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <tierwise/core/date_column.hpp>
#include <tierwise/core/id_index.hpp>
#include <tierwise/tag/statements.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

TIERWISE_INLINE std::string_view name_of(saying s) noexcept {
  constexpr std::string_view names[] = {"set", "veto"};
  return names[static_cast<std::size_t>(s)];
}

namespace detail {

/// Of two that say something, the one with the smaller number decides, if sources are all that counts.
TIERWISE_INLINE int standing(source_kind s) noexcept {
  constexpr int of[] = {3, 2, 0, 1};  // rule, model, person, import
  return of[static_cast<std::size_t>(s)];
}

/// A column of ids or references: each row's place among the distinct values, which are sorted (numbers by value). −1: none.
struct ranked_texts {
  std::vector<std::string> names;
  std::vector<std::int32_t> of_row;
  std::vector<std::int64_t> numbers;  // of a column of whole numbers: the names as numbers
};

/// A whole number that a cell holds. Readers make numbers with decimals of a column with gaps.
TIERWISE_INLINE std::optional<std::int64_t> whole_in(const column_view& column, std::size_t row) {
  if (column.is_whole()) return column.whole(row);
  const double number = column.number(row);
  if (number != std::floor(number) || std::abs(number) >= 0x1p53) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

/// `named`: a column that names such ids, which have a place as well, be they there or not. So what a later row is called changes no order
/// among those before it.
TIERWISE_INLINE ranked_texts rank_texts(const column_view& column, const column_view* named = nullptr) {
  ranked_texts out;
  out.of_row.assign(column.size(), -1);
  const auto each = [&](const auto& take) {
    take(column);
    if (named != nullptr) take(*named);
  };
  if (column.is_whole()) {
    each([&](const column_view& of) {
      for (std::size_t row = 0; row < of.size(); ++row)
        if (of.has(row))
          if (const auto n = whole_in(of, row)) out.numbers.push_back(*n);
    });
    std::sort(out.numbers.begin(), out.numbers.end());
    out.numbers.erase(std::unique(out.numbers.begin(), out.numbers.end()), out.numbers.end());
    for (std::size_t row = 0; row < column.size(); ++row)
      if (column.validity()[row])
        out.of_row[row] = static_cast<std::int32_t>(
            std::lower_bound(out.numbers.begin(), out.numbers.end(), column.whole(row)) - out.numbers.begin());
    for (const std::int64_t n : out.numbers) out.names.push_back(std::to_string(n));
    return out;
  }
  each([&](const column_view& of) {
    std::vector<bool> used(of.names().size());
    for (std::size_t row = 0; row < of.size(); ++row)
      if (const std::int32_t code = of.code(row); code >= 0) used[static_cast<std::size_t>(code)] = true;
    for (std::size_t code = 0; code < used.size(); ++code)
      if (used[code] && !of.names()[code].empty()) out.names.emplace_back(of.names()[code]);
  });
  std::sort(out.names.begin(), out.names.end());
  out.names.erase(std::unique(out.names.begin(), out.names.end()), out.names.end());
  std::vector<std::int32_t> place;
  for (const std::string_view name : column.names()) {
    const auto at = std::lower_bound(out.names.begin(), out.names.end(), name);
    place.push_back(at != out.names.end() && *at == name ? static_cast<std::int32_t>(at - out.names.begin()) : -1);
  }
  for (std::size_t row = 0; row < column.size(); ++row)
    if (const std::int32_t code = column.code(row); code >= 0) out.of_row[row] = place[static_cast<std::size_t>(code)];
  return out;
}

inline constexpr std::int32_t no_id = -1, unknown_id = -2;

/// For each row, the place in `ids` of the id that a cell names; no_id where the cell is empty.
TIERWISE_INLINE std::vector<std::int32_t> places_of(const column_view* column, const ranked_texts& ids,
                                                    std::size_t rows) {
  std::vector<std::int32_t> out(rows, no_id);
  if (column == nullptr) return out;
  if (column->is_numeric()) {
    for (std::size_t row = 0; row < rows; ++row) {
      if (!column->has(row)) continue;
      const std::optional<std::int64_t> id = whole_in(*column, row);
      out[row] = id ? static_cast<std::int32_t>(std::lower_bound(ids.numbers.begin(), ids.numbers.end(), *id) -
                                                ids.numbers.begin())
                    : unknown_id;
    }
    return out;
  }
  std::vector<std::int32_t> of_code;
  of_code.reserve(column->names().size());
  for (const std::string_view name : column->names()) {
    const auto at = std::lower_bound(ids.names.begin(), ids.names.end(), name);
    const bool found = at != ids.names.end() && *at == name;
    of_code.push_back(name.empty() ? no_id : found ? static_cast<std::int32_t>(at - ids.names.begin()) : unknown_id);
  }
  for (std::size_t row = 0; row < rows; ++row)
    if (const std::int32_t code = column->code(row); code >= 0) out[row] = of_code[static_cast<std::size_t>(code)];
  return out;
}

/// A column of words, each as its place in a list; −1 for any other word.
template <class Find>
std::vector<std::int32_t> words_of(const column_view& column, const Find& find) {
  std::vector<std::int32_t> out;
  out.reserve(column.names().size());
  for (const std::string_view name : column.names()) out.push_back(find(name));
  return out;
}

/// The columns of a table of statements, found and type-checked.
struct statement_columns {
  column_view hcp_id, tag, kind, source;
  date_reader since, recorded;
  std::optional<date_reader> expires;
  const column_view* confidence;
  ranked_texts id, by, evidence;
  std::vector<std::int32_t> withdraws;
  std::vector<std::int32_t> tag_of, kind_of, source_of;  // by code
};

inline constexpr std::string_view statements_table = "statements";

TIERWISE_INLINE column_view text_column_of(const table_view& rows, const char* name) {
  const column_view column = rows.require(name, statements_table).value();
  if (column.type() != column_type::category)
    throw Error(errc::wrong_type, "table 'statements' needs text", {.path = {}, .column = name});
  return column;
}

TIERWISE_INLINE void require_ids(const column_view& column, const char* name) {
  if (column.type() != column_type::category && !column.is_whole())
    throw Error(errc::wrong_type, "table 'statements' needs text or whole numbers", {.path = {}, .column = name});
}

TIERWISE_INLINE ranked_texts references_of(const table_view& rows, const char* name, bool needed,
                                           const column_view* named = nullptr) {
  const column_view* column = rows.find(name);
  if (needed) (void)rows.require(name, statements_table).value();
  if (column == nullptr) return {{}, std::vector<std::int32_t>(rows.rows(), -1), {}};
  require_ids(*column, name);
  return rank_texts(*column, named);
}

inline constexpr std::int32_t kind_withdraw = 2;  // after those of `saying`

TIERWISE_INLINE std::int32_t find_kind(std::string_view name) {
  for (const saying s : {saying::set, saying::veto})
    if (name_of(s) == name) return static_cast<std::int32_t>(s);
  return name == "withdraw" ? kind_withdraw : -1;
}

TIERWISE_INLINE std::int32_t find_source(std::string_view name) {
  for (const source_kind s : {source_kind::model, source_kind::person, source_kind::import})
    if (name_of(s) == name) return static_cast<std::int32_t>(s);
  return -1;
}

TIERWISE_INLINE statement_columns find_statement_columns(const table_view& rows, const registry& tags) {
  require_ids(rows.require("statement_id", statements_table).value(), "statement_id");
  const column_view* withdraws = rows.find("withdraws");
  if (withdraws != nullptr && withdraws->is_numeric() != rows.find("statement_id")->is_numeric())
    throw Error(errc::wrong_type, "as statement_id: both text, or both whole numbers",
                {.path = {}, .column = "withdraws"});
  statement_columns found{rows.require("hcp_id", statements_table).value(),
                          text_column_of(rows, "tag"),
                          text_column_of(rows, "kind"),
                          text_column_of(rows, "source"),
                          date_reader::of(rows.require("since", statements_table).value(), "since").value(),
                          date_reader::of(rows.require("recorded", statements_table).value(), "recorded").value(),
                          {},
                          rows.find("confidence"),
                          references_of(rows, "statement_id", true, withdraws),
                          references_of(rows, "by", false),
                          references_of(rows, "evidence", false),
                          {},
                          {},
                          {},
                          {}};
  if (const column_view* expires = rows.find("expires")) found.expires = date_reader::of(*expires, "expires").value();
  if (found.confidence != nullptr && !found.confidence->is_numeric())
    throw Error(errc::wrong_type, "table 'statements' needs numbers", {.path = {}, .column = "confidence"});
  found.withdraws = places_of(withdraws, found.id, rows.rows());
  std::unordered_map<std::string_view, std::int32_t> tag_of;
  for (std::size_t i = 0; i < tags.definitions.size(); ++i)
    if (tags.definitions[i].of != subject::content)
      tag_of.emplace(tags.definitions[i].id, static_cast<std::int32_t>(i));
  found.tag_of = words_of(found.tag, [&](std::string_view name) {
    const auto at = tag_of.find(name);
    return at == tag_of.end() ? -1 : at->second;
  });
  found.kind_of = words_of(found.kind, find_kind);
  found.source_of = words_of(found.source, find_source);
  return found;
}

/// A row that can be read: a statement, or a withdrawal of one.
struct told_row {
  statement what;  // of a withdrawal: `expires` means nothing, `since` only where `dated`
  std::int32_t kind = 0;
  std::int32_t withdraws = no_id;
  bool dated = true;
  std::size_t row = 0;
};

struct refused {
  errc code;
  std::string_view column;
};

class statement_reader {
 public:
  statement_reader(const statement_columns& columns, const registry& tags) : columns_(columns), tags_(tags) {}

  /// The first fault of a row of a known doctor; none: `out` is filled.
  [[nodiscard]] std::optional<refused> read(std::size_t row, told_row& out) const {
    statement& s = out.what;
    std::int32_t tag = 0, source = 0;
    if (const auto why = word(columns_.tag, columns_.tag_of, row, errc::unknown_tag, "tag", tag)) return why;
    if (const auto why = word(columns_.kind, columns_.kind_of, row, errc::unknown_word, "kind", out.kind)) return why;
    if (const auto why = word(columns_.source, columns_.source_of, row, errc::unknown_word, "source", source))
      return why;
    s.tag = static_cast<std::uint32_t>(tag);
    s.source = static_cast<source_kind>(source);
    const bool takes_back = out.kind == kind_withdraw;
    out.dated = !takes_back || !columns_.since.is_missing(row);
    if (out.dated)
      if (const auto why = day(columns_.since, row, "since", s.since)) return why;
    if (const auto why = day(columns_.recorded, row, "recorded", s.recorded)) return why;
    s.id = columns_.id.of_row[row];
    if (s.id < 0) return refused{errc::missing_value, "statement_id"};
    s.by = columns_.by.of_row[row];
    s.evidence = columns_.evidence.of_row[row];
    out.withdraws = columns_.withdraws[row];
    if (takes_back)
      return out.withdraws == no_id ? std::optional(refused{errc::missing_value, "withdraws"}) : std::nullopt;
    if (out.withdraws != no_id) return refused{errc::dangling_withdrawal, "withdraws"};
    s.says = static_cast<saying>(out.kind);
    if (const auto why = last_day(row, s)) return why;
    return confidence(row, s);
  }

 private:
  static std::optional<refused> word(const column_view& column, const std::vector<std::int32_t>& of, std::size_t row,
                                     errc unknown, std::string_view name, std::int32_t& out) {
    if (column.text(row).empty()) return refused{errc::missing_value, name};
    out = of[static_cast<std::size_t>(column.code(row))];
    return out < 0 ? std::optional(refused{unknown, name}) : std::nullopt;
  }

  static std::optional<refused> day(const date_reader& column, std::size_t row, std::string_view name, date& out) {
    const std::optional<date> on = column(row);
    if (!on) return refused{column.is_missing(row) ? errc::missing_value : errc::invalid_date, name};
    out = *on;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<refused> last_day(std::size_t row, statement& s) const {
    if (columns_.expires && !columns_.expires->is_missing(row)) {
      if (const auto why = day(*columns_.expires, row, "expires", s.expires)) return why;
      return s.expires < s.since ? std::optional(refused{errc::period_ends_early, "expires"}) : std::nullopt;
    }
    const std::int32_t lives = tags_.definitions[s.tag].lives_days;
    const std::int64_t last = std::int64_t{s.since.days} + lives - 1;
    s.expires = lives > 0 && last <= last_date.days ? date{static_cast<std::int32_t>(last)} : no_end;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<refused> confidence(std::size_t row, statement& s) const {
    const double said = columns_.confidence == nullptr ? missing : columns_.confidence->number(row);
    if (std::isnan(said) && s.source == source_kind::model) return refused{errc::missing_value, "confidence"};
    s.confidence = std::isnan(said) ? 1 : said + 0.0;  // −0 is 0
    return s.confidence >= 0 && s.confidence <= 1 ? std::nullopt
                                                  : std::optional(refused{errc::out_of_range, "confidence"});
  }

  const statement_columns& columns_;
  const registry& tags_;
};

/// What a row says but for its id, its doctor and the day it was recorded on. The veto comes first.
TIERWISE_INLINE auto content_of(const told_row& t) {
  const statement& s = t.what;
  return std::tuple(t.kind == static_cast<std::int32_t>(saying::veto) ? -1 : t.kind, s.tag, standing(s.source), t.dated,
                    t.dated ? s.since.days : 0, t.kind == kind_withdraw ? 0 : s.expires.days, s.confidence, s.by,
                    s.evidence, t.withdraws);
}

/// Of rows with one id all but the first recorded are dropped: repetitions are counted, others rejected. What decides between rows
/// recorded on one day is what they say, so that their order does not.
TIERWISE_INLINE void keep_one_of_each_id(std::vector<told_row>& told, std::size_t ids, const column_view& hcp_ids,
                                         statements& out) {
  std::vector<std::size_t> begin(ids + 1);
  for (const told_row& t : told) ++begin[static_cast<std::size_t>(t.what.id) + 1];
  for (std::size_t i = 0; i < ids; ++i) begin[i + 1] += begin[i];
  std::vector<std::size_t> next(begin.begin(), begin.end() - 1), order(told.size());
  for (std::size_t i = 0; i < told.size(); ++i) order[next[static_cast<std::size_t>(told[i].what.id)]++] = i;
  const auto doctor_before = [&](std::int64_t a, std::int64_t b) {
    const auto x = static_cast<std::size_t>(a), y = static_cast<std::size_t>(b);
    return hcp_ids.is_whole() ? hcp_ids.whole(x) < hcp_ids.whole(y) : hcp_ids.text(x) < hcp_ids.text(y);
  };
  const auto before = [&](std::size_t i, std::size_t j) {
    const told_row &a = told[i], &b = told[j];
    if (a.what.recorded != b.what.recorded) return a.what.recorded < b.what.recorded;
    if (a.what.hcp != b.what.hcp) return doctor_before(a.what.hcp, b.what.hcp);
    return content_of(a) < content_of(b);
  };
  std::vector<told_row> kept;
  kept.reserve(told.size());
  for (std::size_t id = 0; id < ids; ++id) {
    const std::span group(order.data() + begin[id], begin[id + 1] - begin[id]);
    if (group.empty()) continue;
    const std::size_t first = *std::min_element(group.begin(), group.end(), before);
    for (const std::size_t i : group) {
      if (i == first) continue;
      if (told[i].what.hcp == told[first].what.hcp && content_of(told[i]) == content_of(told[first]))
        ++out.repeated;
      else
        out.rejected.push_back(
            {statements_table, static_cast<std::int64_t>(told[i].row), "statement_id", errc::duplicate_statement});
    }
    kept.push_back(told[first]);
  }
  told = std::move(kept);  // by id
}

/// What a withdrawal may take back. `told` is sorted by id.
TIERWISE_INLINE const told_row* taken_back(const told_row& by, const std::vector<told_row>& told) {
  const auto at = std::lower_bound(told.begin(), told.end(), by.withdraws,
                                   [](const told_row& t, std::int32_t id) { return t.what.id < id; });
  if (at == told.end() || at->what.id != by.withdraws || at->kind == kind_withdraw) return nullptr;
  const statement& s = at->what;
  const bool its_own = s.hcp == by.what.hcp && s.tag == by.what.tag;
  const bool may = standing(by.what.source) <= standing(s.source);
  return its_own && may && s.recorded <= by.what.recorded ? &*at : nullptr;
}

TIERWISE_INLINE void put_in_order(const std::vector<told_row>& told, std::size_t doctors, std::size_t ids,
                                  statements& out) {
  std::vector<const told_row*> withdrawing;
  out.begin.assign(doctors + 1, 0);
  for (const told_row& t : told) {
    if (t.kind != kind_withdraw)
      ++out.begin[static_cast<std::size_t>(t.what.hcp) + 1];
    else if (taken_back(t, told) != nullptr)
      withdrawing.push_back(&t);
    else
      out.rejected.push_back(
          {statements_table, static_cast<std::int64_t>(t.row), "withdraws", errc::dangling_withdrawal});
  }
  for (std::size_t d = 0; d < doctors; ++d) out.begin[d + 1] += out.begin[d];
  out.items.resize(out.begin.back());
  std::vector<std::size_t> next(out.begin.begin(), out.begin.end() - 1), item_of(ids);
  for (const told_row& t : told)
    if (t.kind != kind_withdraw) out.items[next[static_cast<std::size_t>(t.what.hcp)]++] = t.what;
  for (std::size_t d = 0; d < doctors; ++d)
    std::sort(
        out.items.begin() + static_cast<std::ptrdiff_t>(out.begin[d]),
        out.items.begin() + static_cast<std::ptrdiff_t>(out.begin[d + 1]),
        [](const statement& a, const statement& b) { return a.tag != b.tag ? a.tag < b.tag : decides_before(a, b); });
  for (std::size_t i = 0; i < out.items.size(); ++i) item_of[static_cast<std::size_t>(out.items[i].id)] = i;
  for (const told_row* t : withdrawing)
    out.withdrawals.push_back({item_of[static_cast<std::size_t>(t->withdraws)], t->what.recorded,
                               t->dated ? std::optional(t->what.since) : std::nullopt, t->what.id, t->what.by,
                               t->what.evidence});
  std::sort(out.withdrawals.begin(), out.withdrawals.end(), [](const withdrawal& a, const withdrawal& b) {
    return std::tie(a.statement, a.recorded, a.since, a.id) < std::tie(b.statement, b.recorded, b.since, b.id);
  });
  out.withdrawn.assign(out.items.size() + 1, 0);
  for (const withdrawal& w : out.withdrawals) ++out.withdrawn[w.statement + 1];
  for (std::size_t i = 0; i < out.items.size(); ++i) out.withdrawn[i + 1] += out.withdrawn[i];
}

}  // namespace detail

TIERWISE_INLINE bool decides_before(const statement& a, const statement& b) noexcept {
  const int x = detail::standing(a.source), y = detail::standing(b.source);
  if (x != y) return x < y;
  const bool is_person = a.source == source_kind::person;
  if (is_person && a.says != b.says) return a.says == saying::veto;
  if (a.recorded != b.recorded) return a.recorded > b.recorded;
  if (a.since != b.since) return a.since > b.since;
  return a.says != b.says ? a.says == saying::veto : a.id < b.id;
}

TIERWISE_INLINE result<statements> read_statements(const table_view& rows, const column_view& hcp_ids,
                                                   const registry& tags) try {
  if (hcp_ids.type() != column_type::category && !hcp_ids.is_whole())
    throw Error(errc::wrong_type, "ids are text or whole numbers", {.path = {}, .column = "hcp_id"});
  if (rows.rows() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw Error(errc::invalid_argument, "more than 2,147,483,647 rows", {.path = {}, .column = "statements"});
  detail::statement_columns columns = detail::find_statement_columns(rows, tags);
  auto matched = id_index(hcp_ids).match(columns.hcp_id);
  if (!matched) throw Error(matched.error().code(), matched.error().message(), {.path = {}, .column = "hcp_id"});

  statements out;
  for (const definition& d : tags.definitions) out.tags.push_back(d.id);
  const detail::statement_reader reader(columns, tags);
  std::vector<detail::told_row> told;
  told.reserve(rows.rows());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const std::int64_t hcp = matched.value()[row];
    const auto refuse = [&](detail::refused why) {
      out.rejected.push_back(
          {detail::statements_table, static_cast<std::int64_t>(row), std::string(why.column), why.code});
    };
    if (hcp == id_index::ambiguous)
      refuse({errc::duplicate_hcp, "hcp_id"});
    else if (hcp < 0)
      refuse({columns.hcp_id.has(row) ? errc::unknown_hcp : errc::missing_value, "hcp_id"});
    if (hcp < 0) continue;
    detail::told_row t;
    t.what.hcp = hcp;
    t.row = row;
    if (const auto why = reader.read(row, t))
      refuse(*why);
    else
      told.push_back(t);
  }
  detail::keep_one_of_each_id(told, columns.id.names.size(), hcp_ids, out);
  detail::put_in_order(told, hcp_ids.size(), columns.id.names.size(), out);
  std::sort(out.rejected.begin(), out.rejected.end(), [](const bad_row& a, const bad_row& b) { return a.row < b.row; });
  out.ids = std::move(columns.id.names);
  out.people = std::move(columns.by.names);
  out.evidence = std::move(columns.evidence.names);
  return out;
} catch (const Error& error) {
  return error;
}

}  // namespace tierwise
