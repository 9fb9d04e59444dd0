// Values that show a finding, confirmed by evaluating the rules on them.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/analysis.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail::analysis {

/// That a tag has this verdict.
using claim = std::pair<std::size_t, truth>;

/// A value of a column, or of a tag that no rule sets.
struct base_value {
  bool is_missing = false;
  double number = 0;
  std::string text = {};
};
using base_row = std::map<std::string, base_value>;  // what is not there is missing

/// No column is called so.
TIERWISE_INLINE std::string free_key(std::size_t tag) { return std::string("\x01").append(std::to_string(tag)); }

class witness_maker {
 public:
  witness_maker(const analysed_rules& all, const analysis_input& what, std::vector<claim> claims)
      : all_(all), what_(what), claims_(std::move(claims)) {
    std::vector<std::size_t> open;
    for (const claim& c : claims_) open.push_back(c.first);
    std::vector<bool> seen(what.definitions.size());
    while (!open.empty()) {
      const std::size_t tag = open.back();
      open.pop_back();
      if (seen[tag] || !takes_part(tag)) continue;
      seen[tag] = true;
      for (const rule::node& n : all_.rule_of(tag).compiled().nodes) {
        for (const std::string& column : n.reads) columns_.emplace(column, n.reads_type());
        if (n.kind == node_kind::has_tag) takes_part(n.tag) ? open.push_back(n.tag) : free_.push_back(n.tag);
        if (n.kind == node_kind::literal && n.type != value_type::text) literals_.push_back(n.number);
      }
    }
    for (const std::size_t tag : all_.tag_order)
      if (seen[tag]) order_.push_back(tag);
    in_order(free_);
    in_order(literals_);
  }

  /// The values of chosen cells, if the rules confirm them; no value can be left out.
  [[nodiscard]] std::optional<std::vector<witness_value>> of_cells(search& where, const assignment& cells) {
    where.put(cells);
    std::optional<contact_cells> contacts;  // nothing if no cell is of contacts
    if (where.together(&contacts) != feasible::yes) return std::nullopt;
    const auto value_of = [&contacts](reads_what what, const std::string& channel, int window) {
      return contacts ? contacts->value_of(what, channel, window) : 0;
    };
    base_row row;
    for (const std::size_t s : where.sources()) {
      if (cells[s] == open_source) continue;
      const analysed_source& source = all_.sources[s];
      const cell& in = source.cells[static_cast<std::size_t>(cells[s])];
      if (source.what == reads_what::free_truth) {
        row[free_key(source.tag)] = {in.missing, in.number};
      } else if (source.what == reads_what::share) {
        const auto count = [&](const std::string& channel) {
          row[count_column(channel, source.window)] = {false, value_of(reads_what::count, channel, source.window)};
        };
        count("");
        if (!in.missing) count(source.channel);
      } else if (!source.column.empty()) {
        base_value value{in.missing, in.number, in.text};
        if (!in.missing && (source.what == reads_what::count || source.what == reads_what::last))
          value.number = value_of(source.what, source.channel, source.window);
        row[source.column] = value;
      }
    }
    return confirmed({row}).has_value() ? std::optional(shown(without_the_needless(row))) : std::nullopt;
  }

  /// By trying values that stand in the rules and some near them: for what cells alone cannot tell.
  [[nodiscard]] std::optional<std::vector<witness_value>> by_trying() {
    constexpr std::size_t rows = 2048;
    std::vector<double> near{-1, 0, 1, 2};
    for (const double v : literals_)
      for (const double add : {-1.0, 0.0, 1.0}) near.push_back(v + add);
    for (const double v : literals_)
      for (const double by : literals_)
        if (near.size() < 400 && by != 0)
          near.insert(near.end(), {v * by, v / by, v * by + 1, v * by - 1, v + by, v - by});
    in_order(near);
    constexpr std::size_t batch = 256;
    for (std::size_t from = 0; from < 2 * rows; from += batch) {
      std::vector<base_row> tried;
      for (std::size_t i = from; i < from + batch; ++i) tried.push_back(random_row(i, near, i >= rows));
      if (const auto found = confirmed(tried)) return shown(without_the_needless(tried[*found]));
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool takes_part(std::size_t tag) const {
    return all_.usable(tag) && what_.definitions[tag].source == source_kind::rule;
  }
  static std::string count_column(const std::string& channel, std::int32_t window) {
    return std::string("contacts")
        .append(channel.empty() ? "" : "_" + channel)
        .append("_")
        .append(std::to_string(window))
        .append("d");
  }

  /// The first row in which all claims are true.
  [[nodiscard]] std::optional<std::size_t> confirmed(const std::vector<base_row>& rows) const {
    const std::size_t n = rows.size();
    table values;
    for (const auto& [column, type] : columns_) add_column(column, type, rows, values);
    if (columns_.empty()) values.add("no column", std::vector<double>(n));
    tag_bits bits;
    for (std::size_t tag = 0; tag < what_.definitions.size(); ++tag)
      bits.yes.emplace_back(n), bits.known.emplace_back(n);
    for (const std::size_t tag : free_)
      for (std::size_t i = 0; i < n; ++i) {
        const auto found = rows[i].find(free_key(tag));
        if (found == rows[i].end() || found->second.is_missing) continue;
        bits.known[tag].set(i);
        if (found->second.number != 0) bits.yes[tag].set(i);
      }
    for (const std::size_t tag : order_)
      if (!evaluate(all_.rule_of(tag), values.view(), &bits, 0, n, bits.yes[tag], bits.known[tag])) return std::nullopt;
    for (std::size_t i = 0; i < n; ++i) {
      const bool all = std::all_of(claims_.begin(), claims_.end(), [&](const claim& c) {
        const truth found = !bits.known[c.first].test(i) ? truth::unknown
                            : bits.yes[c.first].test(i)  ? truth::yes
                                                         : truth::no;
        return found == c.second;
      });
      if (all) return i;
    }
    return std::nullopt;
  }

  static void add_column(const std::string& name, value_type type, const std::vector<base_row>& rows, table& to) {
    const std::size_t n = rows.size();
    std::vector<std::uint8_t> valid((n + 7) / 8), bytes(n);
    std::vector<double> numbers(n);
    std::vector<date> dates(n);
    std::vector<std::int32_t> codes(n, -1);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < n; ++i) {
      const auto found = rows[i].find(name);
      if (found == rows[i].end() || found->second.is_missing) continue;
      valid[i / 8] = static_cast<std::uint8_t>(valid[i / 8] | (1u << (i % 8)));
      numbers[i] = found->second.number;
      bytes[i] = numbers[i] != 0 ? 1 : 0;
      if (type == value_type::date) dates[i].days = static_cast<std::int32_t>(std::clamp(numbers[i], -2e9, 2e9));
      if (type != value_type::text) continue;
      const auto at = std::find(texts.begin(), texts.end(), found->second.text);
      codes[i] = static_cast<std::int32_t>(at - texts.begin());
      if (at == texts.end()) texts.push_back(found->second.text);
    }
    switch (type) {
      case value_type::boolean: return to.add_booleans(name, std::move(bytes), std::move(valid));
      case value_type::date: return to.add(name, std::move(dates), std::move(valid));
      case value_type::text: return to.add(name, std::move(codes), std::move(texts));
      case value_type::number:
      case value_type::duration: break;
    }
    to.add(name, std::move(numbers), std::move(valid));
  }

  [[nodiscard]] base_row without_the_needless(base_row row) const {
    std::vector<std::string> names;
    for (const auto& entry : row)
      if (!entry.second.is_missing) names.push_back(entry.first);
    for (const std::string& name : names) {
      base_row fewer = row;
      fewer.erase(name);
      if (confirmed({fewer})) row = std::move(fewer);
    }
    return row;
  }

  [[nodiscard]] const analysed_source* source_of(const std::string& column) const {
    for (const analysed_source& s : all_.sources)
      if (s.column == column && !column.empty()) return &s;
    return nullptr;
  }

  /// A doctor made up: contacts at days that matter, other values from the rules.
  [[nodiscard]] base_row random_row(std::size_t i, const std::vector<double>& near, bool with_missing) const {
    random_stream roll(0, i, stable_hash("tag.analysis"));
    const auto pick = [&roll](std::size_t n) {
      return static_cast<std::size_t>(roll.uniform() * static_cast<double>(n));
    };
    base_row row;
    std::vector<std::string> channels{"\x01other"};
    std::vector<double> days{0};
    for (const auto& [column, type] : columns_)
      if (const analysed_source* s = contact_source(column)) {
        if (!s->channel.empty() && std::find(channels.begin(), channels.end(), s->channel) == channels.end())
          channels.push_back(s->channel);
        if (s->window > 0) days.insert(days.end(), {s->window - 1.0, s->window * 1.0});
      }
    for (const double v : near)
      if (v > 0 && v == std::floor(v) && v < longest_window_days) days.push_back(v);
    struct one_contact {
      std::string channel;
      double age;
    };
    std::vector<one_contact> contacts;
    const std::size_t many = pick(4) == 0 ? 0 : pick(12);
    for (std::size_t k = 0; k < many; ++k) {
      const std::string& channel =
          channels[pick(what_.all_channels && channels.size() > 1 ? channels.size() - 1 : channels.size()) +
                   (what_.all_channels && channels.size() > 1 ? 1 : 0)];
      contacts.push_back({channel, days[pick(days.size())]});
    }
    for (const auto& [column, type] : columns_) {
      if (const analysed_source* s = contact_source(column)) {
        double count = 0, least = endless;
        for (const one_contact& c : contacts)
          if ((s->channel.empty() || s->channel == c.channel) && (s->what == reads_what::last || c.age < s->window)) {
            ++count;
            least = std::min(least, c.age);
          }
        if (s->what == reads_what::count) row[column] = {false, count};
        if (s->what == reads_what::last && count > 0) row[column] = {false, least};
        continue;
      }
      if (with_missing && pick(6) == 0) continue;
      base_value value;
      const analysed_source* s = source_of(column);
      if (type == value_type::boolean) {
        value.number = pick(2) == 0 ? 0 : 1;
      } else if (type == value_type::text && s != nullptr) {
        std::vector<std::string> texts;
        for (const cell& c : s->cells)
          if (!c.missing && !c.uncertain) texts.push_back(c.text);
        value.text = texts[pick(texts.size())];
      } else {
        value.number = near[pick(near.size())];
        if (s != nullptr) value.number = std::clamp(value.number, s->least, s->most);
        if (type == value_type::date || (s != nullptr && s->whole)) value.number = std::floor(value.number);
      }
      row[column] = value;
    }
    for (const std::size_t tag : free_) row[free_key(tag)] = {false, pick(2) == 0 ? 0.0 : 1.0};
    return row;
  }
  /// Counts of a share have no source of their own, and are one nevertheless.
  [[nodiscard]] const analysed_source* contact_source(const std::string& column) const {
    if (const auto made = made_.find(column); made != made_.end())
      return made->second.what == reads_what::attribute ? nullptr : &made->second;
    analysed_source s = all_.of_column(column, value_type::number);
    if (s.what != reads_what::count && s.what != reads_what::last) s.what = reads_what::attribute;
    const auto at = made_.emplace(column, std::move(s)).first;
    return at->second.what == reads_what::attribute ? nullptr : &at->second;
  }

  [[nodiscard]] std::vector<witness_value> shown(const base_row& row) const {
    std::vector<witness_value> out;
    for (const auto& [name, value] : row) {
      witness_value v{
          .name = name, .column = name, .is_missing = value.is_missing, .number = value.number, .text = value.text};
      if (const auto column = columns_.find(name); column != columns_.end()) {
        v.type = column->second;
        const analysed_source* s = source_of(name);
        const analysed_source made = all_.of_column(name, value_type::number);
        if (s != nullptr) v.name = s->name;
        if ((s == nullptr || s->name == name) && made.what == reads_what::count)
          v.name = "count(" + (made.channel.empty() ? "" : "channel == " + quote(made.channel) + ", ") +
                   std::to_string(made.window) + "d)";
      } else {
        v.type = value_type::boolean;
        v.column.clear();
        v.name = "has_tag(" + quote(what_.definitions[std::stoul(name.substr(1))].id) + ")";
      }
      v.shown = v.is_missing ? "missing" : shown_value(v);
      out.push_back(std::move(v));
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const witness_value& a, const witness_value& b) { return a.name < b.name; });
    return out;
  }
  static std::string shown_value(const witness_value& v) {
    rule::node as{.type = v.type, .number = v.number, .text = v.text};
    if (v.type == value_type::duration && v.number != std::floor(v.number)) as.type = value_type::number;
    return format_literal(as);
  }

  const analysed_rules& all_;
  const analysis_input& what_;
  std::vector<claim> claims_;
  std::map<std::string, value_type> columns_;
  std::vector<std::size_t> free_, order_;
  std::vector<double> literals_;
  mutable std::map<std::string, analysed_source> made_;
};

}  // namespace tierwise
