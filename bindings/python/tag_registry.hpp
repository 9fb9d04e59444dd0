// What Python holds of tags.
#ifndef TIERWISE_PYTHON_TAG_REGISTRY_HPP
#define TIERWISE_PYTHON_TAG_REGISTRY_HPP

#include <tierwise/tag/provenance.hpp>

#include "bindings.hpp"

namespace tierwise::python {

struct held_registry {
  tag::registry value;
};
struct held_tags {
  tag::tag_bits value;
};
/// Who decides each answer, and what is said besides the rules; nothing by rules alone.
struct held_answers {
  std::vector<tag::provenance> value;
  tag::overrides said;
};

/// What the Python layer says of a tag or a group, by the keys of a policy.
tag::definition definition_of(const py::dict& in);
tag::group group_of(const py::dict& in);

}  // namespace tierwise::python

#endif
