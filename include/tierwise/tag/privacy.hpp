// What may be published of doctors: groups too small to hide in, and tables whose small counts cannot be calculated back.
// Not in tierwise.hpp: only programs that publish need it.
#ifndef TIERWISE_TAG_PRIVACY_HPP
#define TIERWISE_TAG_PRIVACY_HPP

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tierwise/core/bits.hpp>
#include <tierwise/core/table.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

/// Fewer than so many doctors are not shown: the rule of the Centers for Medicare & Medicaid Services for its public files.
inline constexpr std::size_t least_cell = 11;

/// Doctors who are alike in all quasi-identifiers.
struct alike_doctors {
  std::vector<std::string> values;  ///< one a quasi-identifier; empty where missing
  std::vector<bool> known;  ///< whether there is a value
  std::size_t doctors = 0;
};

struct anonymity {
  std::size_t groups = 0;  ///< of doctors who are alike
  std::size_t smallest = 0;  ///< doctors in the smallest; the table is k-anonymous for each k up to it
  std::vector<alike_doctors> small;  ///< groups of fewer than k, smallest first, then by values
  bit_set at_risk;  ///< rows in these groups, to be held back or coarsened
  std::vector<std::size_t>
      at_risk_without;  ///< rows that would still be if one quasi-identifier were left out, in their order
};

/// Whether each doctor is alike at least k − 1 others in the columns that others may know (k-anonymity: P. Samarati and L. Sweeney, 1998).
/// A missing value is a value of its own: not to be known can single out as well. Numbers are compared exactly: coarsen them first.
/// O(rows · columns² · log rows). Errors: missing_column; invalid_argument if k < 2 or no column is named.
[[nodiscard]] result<anonymity> check_anonymity(const table_view& doctors, std::span<const std::string> quasi,
                                                std::size_t k = least_cell);

/// Which cells of a published table of counts are to be hidden.
struct suppression {
  std::vector<bool>
      hidden;  ///< by row, each with its total last, and the row of totals last: (rows + 1) · (columns + 1)
  std::size_t primary = 0;  ///< hidden as they count 1 to k − 1
  std::size_t complementary = 0;  ///< hidden so that no other can be told
};

/// Hides the small counts of a table that is published with its totals, and as little else as was found, so that from what is shown, and from
/// zeros being shown, nobody can tell that a hidden count is below k: each small one might as well be k. (Complementary suppression: L. H. Cox,
/// J. American Statistical Association 75, 1980, with circles of hidden cells as flows in a network.) So the sum of what is hidden in a row or
/// column whose total is shown is not small either. For each count that could be told, the cells that take up its growth at least cost are
/// hidden, totals last; what turns out needless is shown again. Greedy, so not always the least; same answer for the same table.
/// Against who knows only the table: not against who knows some hidden counts, or another table of the same doctors.
/// `counts` are by row. Time grows with hidden cells · cells · k at worst. Errors: invalid_argument if sizes do not match, a count is negative
/// or k < 2; policy_out_of_range if no choice protects the table (of a few doctors in all, …): then publish less.
[[nodiscard]] result<suppression> suppress(std::span<const std::int64_t> counts, std::size_t rows, std::size_t columns,
                                           std::size_t k = least_cell);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/tag/impl/privacy.ipp>
#endif
#endif
