// What is wrong with definitions before their rules are reasoned about: errors, circles, purposes, use.
#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <tierwise/tag/analysis.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail::analysis {

struct read_definitions {
  std::vector<std::optional<rule>> rules;
  std::vector<bool> usable;  // has a rule that can be read and is not behind a circle, or needs none
  std::vector<std::vector<std::size_t>> asks;
  std::vector<std::size_t> order;
};

/// The way from `from` to a tag that fits, by has_tag(), with the fewest steps; empty if there is none. The first tag is `from`.
template <class Fits>
std::vector<std::size_t> shortest_way(const std::vector<std::vector<std::size_t>>& asks, std::size_t from,
                                      const Fits& fits) {
  constexpr std::size_t unseen = static_cast<std::size_t>(-1);
  std::vector<std::size_t> by(asks.size(), unseen), queue;
  const auto way_to = [&](std::size_t at, std::size_t last) {
    std::vector<std::size_t> way{last};
    for (; at != unseen; at = at == from ? unseen : by[at]) way.push_back(at);
    std::reverse(way.begin(), way.end());
    return way;
  };
  queue.push_back(from);
  for (std::size_t next = 0; next < queue.size(); ++next)
    for (const std::size_t other : asks[queue[next]]) {
      if (fits(other)) return way_to(queue[next], other);
      if (other == from || by[other] != unseen) continue;
      by[other] = queue[next];
      queue.push_back(other);
    }
  return {};
}

TIERWISE_INLINE void find_circles(const analysis_input& what, const read_definitions& read, std::vector<finding>& out) {
  std::vector<bool> done(what.definitions.size());
  for (const std::size_t tag : read.order) done[tag] = true;
  for (std::size_t tag = 0; tag < done.size(); ++tag) {
    if (done[tag]) continue;
    const std::vector<std::size_t> way =
        shortest_way(read.asks, tag, [tag](std::size_t other) { return other == tag; });
    if (way.empty()) continue;  // behind a circle, not on it
    finding f{.kind = finding_kind::circle, .tags = {way.begin(), way.end() - 1}};
    bool fresh = true;
    for (const std::size_t one : f.tags) {
      fresh = fresh && !done[one];
      done[one] = true;
    }
    if (!fresh) continue;
    put_in_words(f, what.definitions);
    out.push_back(std::move(f));
  }
}

TIERWISE_INLINE read_definitions read_all(const analysis_input& what, std::vector<finding>& out) {
  const std::size_t n = what.definitions.size();
  read_definitions read;
  read.usable.assign(n, true);
  read.asks.resize(n);
  const auto broken = [&](std::size_t tag, const std::string& why) {
    finding f{.kind = finding_kind::rule_error, .tags = {tag}};
    put_in_words(f, what.definitions, why, why);
    out.push_back(std::move(f));
    read.usable[tag] = false;
  };
  for (std::size_t tag = 0; tag < n; ++tag) {
    const definition& d = what.definitions[tag];
    read.rules.emplace_back();
    const auto same_id = [&d](const definition& other) { return other.id == d.id; };
    const auto first = std::find_if(what.definitions.begin(), what.definitions.end(), same_id);
    if (first - what.definitions.begin() < static_cast<std::ptrdiff_t>(tag)) {
      broken(tag, "its id is taken");
      continue;
    }
    if (const auto fault = check_definition(what.definitions, tag, what.groups)) {
      broken(tag, fault->message());
      if (d.source != source_kind::rule) continue;
    }
    if (d.source != source_kind::rule) continue;
    result<rule> parsed = parse_rule(d.rule, what.known);
    if (!parsed) {
      broken(tag, std::string(name_of(parsed.error().code())) + ": " + parsed.error().message());
      continue;
    }
    for (const rule::node& one : parsed.value().compiled().nodes) {
      if (one.kind != node_kind::has_tag) continue;
      read.asks[tag].push_back(one.tag);
      if (what.definitions[one.tag].of == subject::content)
        broken(tag, "has_tag() asks doctors, but the tag '" + one.text + "' is of contents");
    }
    in_order(read.asks[tag]);
    read.rules[tag] = std::move(parsed.value());
  }
  read.order = order_of(read.asks);
  find_circles(what, read, out);
  std::vector<bool> ordered(n);
  for (const std::size_t tag : read.order) ordered[tag] = true;
  for (std::size_t tag = 0; tag < n; ++tag) read.usable[tag] = read.usable[tag] && ordered[tag];
  return read;
}

/// The first forbidden thing that a rule names itself: what, and its purpose.
TIERWISE_INLINE std::optional<std::pair<std::string, std::string>> forbidden_in(const analysis_input& what,
                                                                                const std::optional<rule>& of) {
  if (!of) return std::nullopt;
  const auto forbidden = [&](const std::string& name) -> std::optional<std::string> {
    for (const auto& [column, purpose] : what.purposes)
      if (column == name) {
        if (std::find(what.forbidden.begin(), what.forbidden.end(), purpose) != what.forbidden.end()) return purpose;
        return std::nullopt;
      }
    return std::nullopt;
  };
  for (const rule::node& n : of->compiled().nodes) {
    if (n.kind == node_kind::sum)
      if (const auto purpose = forbidden(n.text)) return std::pair("sum(" + quote(n.text) + ", …)", *purpose);
    for (const std::string& column : n.reads)
      if (const auto purpose = forbidden(column)) return std::pair(column, *purpose);
  }
  return std::nullopt;
}

/// Rules that read what is held for a forbidden purpose, and tags that are, by the shortest way there.
TIERWISE_INLINE void find_forbidden(const analysis_input& what, const read_definitions& read,
                                    std::vector<finding>& out) {
  const std::size_t n = what.definitions.size();
  std::vector<std::optional<std::pair<std::string, std::string>>> own(n);
  for (std::size_t tag = 0; tag < n; ++tag) {
    own[tag] = forbidden_in(what, read.rules[tag]);
    const std::string& purpose = what.definitions[tag].purpose;
    if (!own[tag] && std::find(what.forbidden.begin(), what.forbidden.end(), purpose) != what.forbidden.end())
      own[tag] = std::pair("has_tag(" + quote(what.definitions[tag].id) + ")", purpose);
  }
  for (std::size_t tag = 0; tag < n; ++tag) {
    finding f{.kind = finding_kind::forbidden_purpose, .tags = {tag}};
    if (!own[tag]) f.tags = shortest_way(read.asks, tag, [&](std::size_t other) { return own[other].has_value(); });
    if (f.tags.empty()) continue;
    const auto& reads = own[f.tags.back()];
    if (!reads) continue;
    std::tie(f.column, f.purpose) = *reads;
    put_in_words(f, what.definitions);
    out.push_back(std::move(f));
  }
}

/// Tags that neither somebody uses nor a tag that is used asks for.
TIERWISE_INLINE void find_unused(const analysis_input& what, const read_definitions& read, std::vector<finding>& out) {
  std::vector<bool> used(what.definitions.size());
  std::vector<std::size_t> open;
  for (std::size_t tag = 0; tag < used.size(); ++tag)
    if (std::find(what.used->begin(), what.used->end(), what.definitions[tag].id) != what.used->end())
      open.push_back(tag);
  while (!open.empty()) {
    const std::size_t tag = open.back();
    open.pop_back();
    if (used[tag]) continue;
    used[tag] = true;
    open.insert(open.end(), read.asks[tag].begin(), read.asks[tag].end());
  }
  for (std::size_t tag = 0; tag < used.size(); ++tag) {
    if (used[tag]) continue;
    finding f{.kind = finding_kind::unused, .tags = {tag}};
    put_in_words(f, what.definitions);
    out.push_back(std::move(f));
  }
}

}  // namespace tierwise
