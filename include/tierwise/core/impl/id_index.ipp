#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include <tierwise/core/id_index.hpp>

namespace tierwise::inline TIERWISE_ABI {

struct id_index::maps {
  bool textual = false;
  std::unordered_map<std::string_view, std::int64_t> by_text;
  std::unordered_map<std::int64_t, std::int64_t> by_number;
};

TIERWISE_INLINE id_index::id_index(const column_view& ids) {
  maps built;
  const auto enter = [](auto& map, const auto& key, std::int64_t row) {
    const auto [at, fresh] = map.try_emplace(key, row);
    if (!fresh) at->second = ambiguous;
  };
  built.textual = ids.type() == column_type::category;
  if (built.textual) {
    // Rows by code first: a name may be held by several codes, so names are entered once each afterwards.
    std::vector<std::int64_t> row_of(ids.names().size(), absent);
    for (std::size_t row = 0; row < ids.size(); ++row)
      if (const std::int32_t code = ids.code(row); code >= 0) {
        std::int64_t& slot = row_of[static_cast<std::size_t>(code)];
        slot = slot == absent ? static_cast<std::int64_t>(row) : ambiguous;
      }
    built.by_text.reserve(row_of.size());
    for (std::size_t code = 0; code < row_of.size(); ++code)
      if (row_of[code] != absent) enter(built.by_text, ids.names()[code], row_of[code]);
  } else {
    built.by_number.reserve(ids.size());
    for (std::size_t row = 0; row < ids.size(); ++row)
      if (ids.validity()[row]) enter(built.by_number, ids.whole(row), static_cast<std::int64_t>(row));
  }
  maps_ = shared_value<maps>(std::move(built));
}

TIERWISE_INLINE id_index::~id_index() = default;
TIERWISE_INLINE id_index::id_index(id_index&&) noexcept = default;
TIERWISE_INLINE id_index& id_index::operator=(id_index&&) noexcept = default;

TIERWISE_INLINE std::int64_t id_index::find(std::string_view id) const noexcept {
  const auto at = maps_->by_text.find(id);
  return at == maps_->by_text.end() ? absent : at->second;
}

TIERWISE_INLINE std::int64_t id_index::find(std::int64_t id) const noexcept {
  const auto at = maps_->by_number.find(id);
  return at == maps_->by_number.end() ? absent : at->second;
}

TIERWISE_INLINE result<std::vector<std::int64_t>> id_index::match(const column_view& column) const {
  std::vector<std::int64_t> rows(column.size(), absent);
  if (maps_->textual && column.type() == column_type::category) {
    std::vector<std::int64_t> row_of;
    row_of.reserve(column.names().size());
    for (const std::string_view name : column.names()) row_of.push_back(find(name));
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (const std::int32_t code = column.code(row); code >= 0) rows[row] = row_of[static_cast<std::size_t>(code)];
  } else if (!maps_->textual && column.is_whole()) {
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (column.validity()[row]) rows[row] = find(column.whole(row));
  } else {
    return Error(errc::wrong_type, "ids of two tables must both be text or both be whole numbers");
  }
  return rows;
}

TIERWISE_INLINE std::vector<std::vector<std::size_t>> repeated_ids(const column_view& ids,
                                                                   std::span<const std::int64_t> owner) {
  struct entry {
    std::int64_t owner;
    std::uint64_t key;  // the id, or a hash of its text: texts are compared only where hashes are equal
    std::size_t row;
  };
  const std::span<const std::string_view> names = ids.names();
  const auto not_rising = [](std::string_view a, std::string_view b) { return a >= b; };
  bool rising = std::adjacent_find(names.begin(), names.end(), not_rising) == names.end();
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  std::vector<entry> entries;
  for (std::size_t row = 0; row < owner.size(); ++row) {
    if (owner[row] < 0 || !ids.has(row) || (!ids.is_whole() && ids.text(row).empty())) continue;
    const std::int64_t id = ids.is_whole() ? ids.whole(row) : ids.code(row);
    rising = rising && (entries.empty() || last < id);
    last = id;
    entries.push_back({owner[row], static_cast<std::uint64_t>(id), row});
  }
  std::vector<std::vector<std::size_t>> groups;
  if (rising) return groups;
  if (!ids.is_whole())
    for (entry& e : entries) e.key = std::hash<std::string_view>()(ids.text(e.row));
  std::sort(entries.begin(), entries.end(), [](const entry& a, const entry& b) {
    return std::tie(a.owner, a.key, a.row) < std::tie(b.owner, b.key, b.row);
  });
  const auto take = [&groups](auto from, auto to) {
    if (to - from < 2) return;
    auto& group = groups.emplace_back();
    for (; from != to; ++from) group.push_back(from->row);
  };
  for (auto from = entries.begin(); from != entries.end();) {
    const auto end = std::find_if(from, entries.end(), [&](const entry& e) {
      return std::tie(e.owner, e.key) != std::tie(from->owner, from->key);
    });
    if (ids.is_whole() || end - from == 1) {
      take(from, end);
      from = end;
      continue;
    }
    std::stable_sort(from, end, [&](const entry& a, const entry& b) { return ids.text(a.row) < ids.text(b.row); });
    while (from != end) {
      const auto to = std::find_if(from, end, [&](const entry& e) { return ids.text(e.row) != ids.text(from->row); });
      take(from, to);
      from = to;
    }
  }
  return groups;
}

}  // namespace tierwise
