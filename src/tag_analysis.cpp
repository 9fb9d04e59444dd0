// The bodies of tag that study a registry without data, compiled once. The language itself in tag.cpp.
#include <tierwise/tag/impl/rule_functions.hpp>

#include <tierwise/tag/impl/analysis.ipp>
