// Which row has this id? For joining tables on doctors, actions, channels.
#ifndef TIERWISE_CORE_ID_INDEX_HPP
#define TIERWISE_CORE_ID_INDEX_HPP

#include <span>
#include <vector>

#include <tierwise/core/column.hpp>
#include <tierwise/core/shared_value.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Rows of a table by the ids in one column (categories, int32 or int64). Keeps views into that column.
/// Immutable after construction; safe to share.
class id_index {
 public:
  static constexpr std::int64_t absent = -1;     ///< no row has the id
  static constexpr std::int64_t ambiguous = -2;  ///< several rows have it

  /// O(rows). Precondition: `ids` is a category, int32 or int64 column.
  explicit id_index(const column_view& ids);
  ~id_index();
  id_index(id_index&&) noexcept;
  id_index& operator=(id_index&&) noexcept;

  /// Row of an id, `absent` or `ambiguous`.
  [[nodiscard]] std::int64_t find(std::string_view id) const noexcept;
  [[nodiscard]] std::int64_t find(std::int64_t id) const noexcept;

  /// For each row of `column`, the row here that has its id. Texts are compared once for each distinct name.
  /// A missing id is `absent`. `wrong_type` if one column is text and the other whole numbers.
  [[nodiscard]] result<std::vector<std::int64_t>> match(const column_view& column) const;

 private:
  struct maps;
  shared_value<maps> maps_;
};

/// Rows that have both owner and id in common, in groups of two or more; rows of a group rise. Rows with a negative owner, and without
/// an id (empty text is none), are in no group. Two codes of one text are one id.
/// O(rows · log rows + names); O(rows + names) if ids rise from row to row and names from code to code, as those of logs do.
/// Precondition: `ids` is a category, int32 or int64 column with a row for each owner.
[[nodiscard]] std::vector<std::vector<std::size_t>> repeated_ids(const column_view& ids,
                                                                 std::span<const std::int64_t> owner);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/id_index.ipp>
#endif
#endif
