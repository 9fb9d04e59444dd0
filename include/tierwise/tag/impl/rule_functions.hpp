// What the bodies of tag share with src/tag_analysis.cpp, which does not compile them again.
#ifndef TIERWISE_TAG_IMPL_RULE_FUNCTIONS_HPP
#define TIERWISE_TAG_IMPL_RULE_FUNCTIONS_HPP

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tierwise/tag/tag.hpp>

#include <tierwise/tag/impl/rule_tree.ipp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

std::string quote(std::string_view text);
std::string format_literal(const rule::node& what);
void format_node(const rule::program& program, std::uint32_t at, int least_binding, std::string& out);
std::string_view changed_text(node_kind function, std::string_view text, std::string& room);
std::vector<std::size_t> order_of(const std::vector<std::vector<std::size_t>>& asks);
std::optional<Error> check_definition(const std::vector<definition>& all, std::size_t at,
                                      const std::vector<group>& groups);

}  // namespace tierwise

#endif
